// What spend limits mean for a task that waits, said from the same facts that matching uses.

import { type LimitWindow, limitScopeText, limitScopeWords } from '@agentcom/schemas';
import { iso } from '../iso.js';
import type { State } from '../state.js';
import { holdsWhoever } from '../task/hold-scope.js';
import type { Task } from '../task/task.js';
import type { Reason } from '../task/why-texts.js';
import { fullestOf, isHolding, isSeenBy, type Period, type SpendLimit, STOPPING, shareOf, usedBy } from './limit.js';

const SPANS: Readonly<Record<LimitWindow, string>> = { day: 'today', month: 'this month', total: 'in all' };

/** Whoever would work on it. */
export function limitsOnTask({ limits }: State, task: Task): SpendLimit[] {
  return limits.of(task.org).filter((limit) => isHolding(limit) && holdsWhoever(limit, task));
}

export function limitReason(limit: SpendLimit, org: string): Reason {
  const scope = limitScopeText(limit.scope);
  const period = fullestOf(limit);
  const until = period?.until === undefined ? {} : { until: iso(period.until) };
  const isReserved = !STOPPING.has(limit.level);
  const code = isReserved ? 'limit_reserved' : 'limit_reached';
  if (!isSeenBy(limit, org)) {
    const message = 'a spend limit of those who run the hub holds it back; ask them';
    return { code, message, brief: 'over a spend limit', ...(!isReserved && until) };
  }
  const next = `raise it with \`agentcom limit raise ${limitScopeWords(limit.scope)}\``;
  if (isReserved) {
    const message = `what is left of the spend limit of ${scope} is reserved for what runs; it goes on when enough of that ends, or ${next}`;
    return { code, message, brief: `spend limit of ${scope} is reserved`, limit: scope };
  }
  const used = period === undefined ? '' : ` ${SPANS[period.window]} (${usedText(limit, period)})`;
  const percent = Math.floor(100 * shareOf(limit));
  const message = `${percent} % of the spend limit of ${scope} is used${used}, and nothing new begins from 85 % on; ${next}`;
  return { code, message, brief: `over the spend limit of ${scope}`, ...until, limit: scope };
}

/** `45.00 of 50.00 EUR`. */
export function usedText(limit: SpendLimit, { amounts, used }: Period): string {
  const { costMicros, tokens } = amounts;
  const money = (micros: number): string => (micros / 1e6).toFixed(2);
  return [
    ...(costMicros === undefined
      ? []
      : [`${money(usedBy(limit, used, 'costMicros'))} of ${money(costMicros)} ${limit.currency ?? ''}`.trim()]),
    ...(tokens === undefined ? [] : [`${usedBy(limit, used, 'tokens')} of ${tokens} tokens`]),
  ].join(', ');
}
