// What is used and reserved of spend limits, kept where facts are applied: by every limit that a task is under, beside the ledger.

import type { Figures } from '../ledger/ledger.js';
import { addFigures } from '../ledger/ledger.js';
import { agentOf, type State } from '../state.js';
import { concerns } from '../task/hold-scope.js';
import { holdsTask } from '../task/holds.js';
import { runnerOfAttempt } from '../task/routes.js';
import type { Attempt, Task } from '../task/task.js';
import { costInAll } from '../task/usage.js';
import type { Amounts, SpendLimit } from './limit.js';

/** What the ledger has booked of the attempt. */
export function countUse(state: State, task: Task, attempt: Attempt, figures: Figures): void {
  if (state.limits.isEmpty) return;
  for (const limit of state.limits.of(task.org)) {
    if (!countsFor(limit, task, attempt)) continue;
    for (const { used } of limit.periods) addFigures(used, figures);
    state.limits.changed.add(limit);
  }
}

/** A runner that is not known yet is none that has a limit. */
function countsFor({ of }: SpendLimit, task: Task, attempt: Attempt): boolean {
  switch (of.kind) {
    case 'everything':
      return true;
    case 'agent':
      return attempt.agent === of.name;
    case 'runner':
      return (attempt.session?.runner ?? runnerOfAttempt(attempt, task.spec)) === of.name;
    default:
      return holdsTask(of, task);
  }
}

/** For what is left of what its holder is expected to use; nothing once nobody holds it. */
export function reserveFor(state: State, task: Task): void {
  const { limits } = state;
  if (limits.isEmpty) return;
  const agent = agentOf(state, task);
  if (agent === undefined) return limits.release(task.id);
  const under = limits.of(task.org).filter((limit) => concerns(limit, task, agent));
  limits.reserve(task.id, under, leftOf(task));
}

/** A limit is new, or is about something else. */
export function reserveForAll(state: State, org: string | undefined): void {
  for (const task of held(state, org)) reserveFor(state, task);
}

/** What was offered while it was under no limit, and so without an estimate, is expected to use so much, but no more than its own budget. */
export function expectOfAll(state: State, org: string | undefined, { costMicros = 0, tokens = 0 }: Amounts): void {
  for (const task of held(state, org)) {
    const { budget = {} } = task.spec;
    task.estimate ??= {
      costMicros: Math.min(costMicros, budget.costMicros ?? costMicros),
      tokens: Math.min(tokens, budget.tokens ?? tokens),
    };
  }
}

/** Tasks that agents have. */
function* held(state: State, org: string | undefined): Iterable<Task> {
  const agents = org === undefined ? state.agents.values() : (state.agentsByOrg.get(org) ?? []);
  for (const { task: id } of agents) {
    const task = id === undefined ? undefined : state.tasks.get(id);
    if (task !== undefined) yield task;
  }
}

function leftOf({ estimate, attemptLog, generation }: Task): Amounts {
  if (estimate === undefined) return {};
  const last = attemptLog?.at(-1);
  const used = last?.generation === generation ? last.usage : undefined;
  const { costMicros = 0, tokens = 0 } = estimate;
  return {
    costMicros: Math.max(0, costMicros - (costInAll(used ?? {}) ?? 0)),
    tokens: Math.max(0, tokens - (used?.inputTokens ?? 0) - (used?.outputTokens ?? 0)),
  };
}
