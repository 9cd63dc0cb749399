// The agents of an organisation as rules ask for them, counted once for all of its rules.

import type { Agent } from '../../agent/agent.js';
import type { State } from '../../state.js';
import type { Offered } from '../../task/skills.js';

/** Connected agents with the same capabilities and bounds. */
export interface Kind {
  readonly skills: Offered;
  readonly repositories: Agent['repositories'];
  readonly agents: Agent[];
}

export interface Census {
  readonly all: ReadonlySet<Agent>;
  readonly connected: readonly Agent[];
  readonly offline: readonly Agent[];
  /** A second sidecar has said hello with their key. */
  readonly contested: readonly Agent[];
  /** What connected agents offer, each set once. */
  readonly kinds: readonly Kind[];
}

const NOBODY: ReadonlySet<Agent> = new Set();

export function takeCensus(state: State, org: string): Census {
  const all = state.agentsByOrg.get(org) ?? NOBODY;
  const connected: Agent[] = [];
  const offline: Agent[] = [];
  const contested: Agent[] = [];
  const kinds = new Map<string, Kind>();
  for (const agent of all) {
    if (agent.secondHellos !== undefined) contested.push(agent);
    if (agent.connection === undefined) {
      offline.push(agent);
      continue;
    }
    connected.push(agent);
    const { key, offered } = state.matching.kindOf(agent);
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { skills: offered, repositories: agent.repositories, agents: [agent] });
    else kind.agents.push(agent);
  }
  return { all, connected, offline, contested, kinds: [...kinds.values()] };
}
