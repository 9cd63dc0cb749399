// Whether the spend limits that a task would be under have room for it, and what it reserves of them.

import type { Agent } from '../agent/agent.js';
import type { Decision } from '../decision.js';
import { kindOf } from '../ledger/book.js';
import { expectedUse } from '../ledger/expected.js';
import { usedOf } from '../task/budget.js';
import type { TaskRoute } from '../task/events.js';
import { concerns } from '../task/hold-scope.js';
import type { Task } from '../task/task.js';
import { costInAll } from '../task/usage.js';
import { move } from './enforce.js';
import { type Amounts, fits, isHolding, levelOf, STOPPING } from './limit.js';

/** The estimate with which it is offered; undefined when it is not, after what holds it back was said. */
export function offerTerms(
  decision: Decision,
  task: Task,
  agent: Agent,
  route: TaskRoute | undefined,
): { readonly estimate?: Amounts } | undefined {
  const { limits } = decision.state;
  const under = limits.of(task.org).filter((limit) => concerns(limit, task, agent, route));
  if (under.length === 0) return {};
  const estimate = estimateOf(decision, task, route);
  for (const limit of under) {
    // What it holds back, matching knows: here each refusal holds back more, so that matching comes to an end.
    if (isHolding(limit)) continue;
    const isUsed = STOPPING.has(levelOf(limit));
    if (!isUsed && fits(limit, limits.reservedOf(limit), estimate)) continue;
    move(decision, limit, isUsed ? undefined : { ...estimate, task: task.id });
    return undefined;
  }
  return { estimate };
}

/** Of a task that is like none before. */
export function usualEstimate({
  spending: { estimateCostMicros, estimateTokens },
}: Decision['config']): Required<Amounts> {
  return { costMicros: estimateCostMicros, tokens: estimateTokens };
}

/** What nine of ten tasks like it have used at most, but no more than its own budget leaves. */
function estimateOf({ state, config }: Decision, task: Task, route: TaskRoute | undefined): Amounts {
  const { costMicros, tokens } = expectedUse(state.ledger.of(task.org)?.history, kindOf({ ...task.spec, ...route }));
  const usual = usualEstimate(config);
  const { budget } = task.spec;
  const used = usedOf(task);
  const left = (of: number | undefined, by: number): number =>
    of === undefined ? Number.POSITIVE_INFINITY : Math.max(0, of - by);
  return {
    costMicros: Math.min(costMicros ?? usual.costMicros, left(budget?.costMicros, costInAll(used ?? {}) ?? 0)),
    tokens: Math.min(
      tokens ?? usual.tokens,
      left(budget?.tokens, (used?.inputTokens ?? 0) + (used?.outputTokens ?? 0)),
    ),
  };
}
