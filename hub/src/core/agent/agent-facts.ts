// What the row of an agent has of what queries ask for.

import { type AgentView, type Facts, failuresIn } from '@agentcom/schemas';

const NONE: readonly string[] = [];

export const agentFacts: Facts<AgentView> = {
  words: (agent, key) => {
    const one = (word: string | undefined): readonly string[] => (word === undefined ? NONE : [word]);
    switch (key) {
      case 'state':
        return [agent.state];
      case 'is':
        return flagsOf(agent);
      case 'name':
        return [agent.name];
      case 'capability':
        return agent.capabilities;
      case 'version':
        return one(agent.version);
      case 'host':
        return one(agent.host);
      case 'os':
        return one(agent.os);
      case 'task':
        return one(agent.task);
      default:
        return NONE;
    }
  },
  amount: ({ load, lastSeenAt, results }, key, now) => {
    if (key === 'load') return load;
    if (key === 'failures') return failuresIn(results);
    return key === 'seen' && lastSeenAt !== undefined ? now - Date.parse(lastSeenAt) : undefined;
  },
  text: ({ name }) => name,
};

function flagsOf(agent: AgentView): readonly string[] {
  const flags: Readonly<Record<string, boolean>> = {
    connected: agent.connected,
    draining: agent.draining,
    halted: agent.halts !== undefined,
    limited: agent.limits !== undefined,
    unfit: agent.unfit !== undefined,
    unresponsive: agent.unresponsive,
    outdated: agent.outdated === true,
    banned: agent.bannedUntil !== undefined,
  };
  return Object.keys(flags).filter((flag) => flags[flag]);
}
