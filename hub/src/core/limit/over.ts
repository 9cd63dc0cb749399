// Spend limits of which less is left than a task may use: it would hardly come to its end under them. Said to whoever submits it.

import { limitScopeText, NO_CURRENCY, type OverLimit } from '@agentcom/schemas';
import { kindOf } from '../ledger/book.js';
import { estimateOf } from '../ledger/estimate.js';
import type { TaskKind } from '../ledger/task-history.js';
import type { State } from '../state.js';
import { holdsWhoever } from '../task/hold-scope.js';
import type { Task } from '../task/task.js';
import { type Amounts, isSeenBy, type Period, type SpendLimit, usedBy } from './limit.js';

type Expected = OverLimit['expected'];

/** What nine of ten tasks like it have used at most is held against what is neither used nor reserved by others. */
export function overLimits(state: State, task: Task, isSeen: (kind: TaskKind) => boolean): OverLimit[] {
  const { limits, ledger } = state;
  const under = limits.of(task.org).filter((limit) => isSeenBy(limit, task.org) && holdsWhoever(limit, task));
  if (under.length === 0) return [];
  const { p90 } = estimateOf(ledger.of(task.org)?.history, kindOf(task.spec), isSeen);
  return under.flatMap((limit) =>
    limit.periods.flatMap((period) => {
      const left = leftOf(state, limit, period, task);
      const { costMicros, currency = NO_CURRENCY, tokens } = p90;
      const isOwnMoney = currency === NO_CURRENCY || currency === limit.currency;
      const expected: Expected = {
        ...(isOwnMoney && isMore(costMicros, left.costMicros) && { costMicros }),
        ...(isMore(tokens, left.tokens) && { tokens }),
      };
      if (Object.keys(expected).length === 0) return [];
      const of = { limit: limitScopeText(limit.scope), window: period.window };
      return [{ ...of, ...(limit.currency !== undefined && { currency: limit.currency }), expected, left }];
    }),
  );
}

function isMore(expected: number | undefined, left: number | undefined): expected is number {
  return expected !== undefined && left !== undefined && expected > left;
}

/** The task itself may have been offered already. */
function leftOf({ limits }: State, limit: SpendLimit, { amounts, used }: Period, { id }: Task): Amounts {
  const all = limits.reservedOf(limit);
  const own = limits.reservationOf(id, limit);
  const left = (measure: 'costMicros' | 'tokens', amount: number): number =>
    Math.max(0, amount - usedBy(limit, used, measure) - all[measure] + (own?.[measure] ?? 0));
  const { costMicros, tokens } = amounts;
  return {
    ...(costMicros !== undefined && { costMicros: left('costMicros', costMicros) }),
    ...(tokens !== undefined && { tokens: left('tokens', tokens) }),
  };
}
