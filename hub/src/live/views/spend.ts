// What work costs today and this month, off the ledger's sums by day, beside what the organisation may spend.

import type { LimitWindow, LiveSpend, Money } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import { dayOf, monthOf } from '../../core/access/usage.js';
import { moneyOf } from '../../core/ledger/money.js';

export function spendOf(view: View, now: number): LiveSpend {
  const today = dayOf(now);
  const since = (from: number) => view.costs({ by: [], from, to: today }, now).total;
  const { cost, unknownCost } = since(today);
  const limit = view.limit({ kind: 'org' });
  const limitOf = (wanted: LimitWindow): Money | undefined => {
    const costMicros = limit?.windows.find(({ window }) => window === wanted)?.costMicros;
    return limit?.currency === undefined || costMicros === undefined
      ? undefined
      : { currency: limit.currency, costMicros };
  };
  const todayLimit = limitOf('day');
  const monthLimit = limitOf('month');
  return {
    today: moneyOf(cost),
    month: moneyOf(since(monthOf(now)).cost),
    ...(unknownCost > 0 && { todayUnknown: unknownCost }),
    ...(todayLimit !== undefined && { todayLimit }),
    ...(monthLimit !== undefined && { monthLimit }),
  };
}
