// What holds work back, beside what agents lack: halts and spend limits.

import type { WhyReason } from '@agentcom/schemas';
import type { Agent } from '../agent/agent.js';
import type { Halt } from '../halt/halt.js';
import { haltReason, haltsOnTask } from '../halt/reasons.js';
import { isHolding, type SpendLimit } from '../limit/limit.js';
import { limitReason, limitsOnTask } from '../limit/reasons.js';
import type { State } from '../state.js';
import type { TaskRoute } from './events.js';
import { concerns } from './hold-scope.js';
import type { Task } from './task.js';

export type Holder = Halt | SpendLimit;

export type HolderReasons = (holders: readonly Holder[]) => readonly WhyReason[];

/** For one organisation; `nameOf`: callers as people know them. */
export function holderReasons(org: string, nameOf: (by: string) => string): HolderReasons {
  return (holders) => holders.map((one) => ('strength' in one ? haltReason(one, org, nameOf) : limitReason(one, org)));
}

/** Whoever would work on it. */
export function holdersOnTask(state: State, task: Task): Holder[] {
  return [...haltsOnTask(state, task), ...limitsOnTask(state, task)];
}

/** The first that keeps it from the agent, by the route if one is given. */
export function holderOn({ halts, limits }: State, task: Task, agent: Agent, route?: TaskRoute): Holder | undefined {
  const holders: readonly Holder[] = [...halts.of(task.org), ...limits.of(task.org).filter(isHolding)];
  return holders.find((one) => concerns(one, task, agent, route));
}
