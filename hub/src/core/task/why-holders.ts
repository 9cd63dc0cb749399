// What holds work back, beside what agents lack: halts and spend limits.

import type { Agent } from '../agent/agent.js';
import type { Halt } from '../halt/halt.js';
import { haltReason, haltsOnTask } from '../halt/reasons.js';
import { isHolding, type SpendLimit } from '../limit/limit.js';
import { limitReason, limitsOnTask } from '../limit/reasons.js';
import type { State } from '../state.js';
import type { TaskRoute } from './events.js';
import { concerns } from './hold-scope.js';
import type { Task } from './task.js';
import type { AgentsByOffer } from './why-agents.js';
import type { Reason } from './why-texts.js';

export type Holder = Halt | SpendLimit;

export type HolderReasons = (holders: readonly Holder[]) => readonly Reason[];

/** For one organisation; `nameOf`: callers as people know them. */
export function holderReasons(org: string, nameOf: (by: string) => string): HolderReasons {
  return (holders) => holders.map((one) => ('strength' in one ? haltReason(one, org, nameOf) : limitReason(one, org)));
}

/** Whoever would work on it. */
export function holdersOnTask(state: State, task: Task): Holder[] {
  return [...haltsOnTask(state, task), ...limitsOnTask(state, task)];
}

/** The first that keeps it from each of these agents, by the route if one is given; the others are not in it. */
export function holdersOnAgents(
  { halts, limits }: State,
  task: Task,
  able: readonly Agent[],
  agents: AgentsByOffer,
  route?: TaskRoute,
): ReadonlyMap<Agent, Holder> {
  const holders: readonly Holder[] = [...halts.of(task.org), ...limits.of(task.org).filter(isHolding)];
  const held = new Map<Agent, Holder>();
  if (holders.length === 0) return held;
  agents.looks += holders.length * able.length;
  for (const agent of able) {
    const first = holders.find((one) => concerns(one, task, agent, route, agents.offeredBy(agent)));
    if (first !== undefined) held.set(agent, first);
  }
  return held;
}
