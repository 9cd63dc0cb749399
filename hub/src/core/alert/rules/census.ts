// The agents of an organisation as rules ask for them, counted once for all of its rules.

import type { Agent } from '../../agent/agent.js';
import { RUNNER_PREFIX } from '../../agent/capabilities.js';
import type { State } from '../../state.js';
import type { Skills } from '../../task/matching.js';
import { skillsOf } from '../../task/matching.js';

/** Connected agents with the same capabilities and bounds. */
export interface Kind {
  readonly skills: Skills;
  readonly repositories: Agent['repositories'];
  readonly agents: Agent[];
}

export interface Census {
  readonly all: ReadonlySet<Agent>;
  readonly connected: readonly Agent[];
  readonly offline: readonly Agent[];
  /** What connected agents offer, each set once. */
  readonly kinds: readonly Kind[];
}

const NOBODY: ReadonlySet<Agent> = new Set();

export function takeCensus(state: State, org: string): Census {
  const all = state.agentsByOrg.get(org) ?? NOBODY;
  const connected: Agent[] = [];
  const offline: Agent[] = [];
  const kinds = new Map<string, Kind>();
  for (const agent of all) {
    if (agent.connection === undefined) {
      offline.push(agent);
      continue;
    }
    connected.push(agent);
    const key = state.matching.kindKey(agent);
    const kind = kinds.get(key);
    if (kind === undefined)
      kinds.set(key, { skills: skillsOf(agent), repositories: agent.repositories, agents: [agent] });
    else kind.agents.push(agent);
  }
  return { all, connected, offline, kinds: [...kinds.values()] };
}

/** The runners of an agent as far as it says; empty when it says nothing of them. */
export function runnersOf({ capabilities }: Agent): string[] {
  return capabilities.filter((name) => name.startsWith(RUNNER_PREFIX)).map((name) => name.slice(RUNNER_PREFIX.length));
}
