// What work costs today and this month, off the ledger's sums by day.

import type { LiveCosts } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import { dayOf, monthOf } from '../../core/access/usage.js';
import { RowsSource } from '../rows-source.js';
import type { LiveSource } from '../source.js';

const REST_MS = 1_000;
const REFRESH_MS = 60_000;

export function costsSource(): LiveSource {
  return new RowsSource({
    topics: ['task', 'org'],
    restMs: REST_MS,
    refreshMs: REFRESH_MS,
    rowsOf: ({ view, now }) => ({ rows: [costsOf(view, now)], total: 1 }),
  });
}

function costsOf(view: View, now: number): LiveCosts {
  const today = dayOf(now);
  const month = view.costs({ by: [], from: monthOf(now), to: today }, now);
  const limits = view.spendLimits();
  const sum = (cost: Readonly<Record<string, number>>): number =>
    Math.max(
      0,
      Object.values(cost).reduce((all, micros) => all + micros, 0),
    );
  return {
    id: 'costs',
    todayMicros: sum(view.costs({ by: [], from: today, to: today }, now).total.cost),
    monthMicros: sum(month.total.cost),
    ...(limits.today !== undefined && { todayLimitMicros: limits.today }),
    ...(limits.month !== undefined && { monthLimitMicros: limits.month }),
    unknownCost: Math.max(0, month.total.unknownCost),
    forecast: month.forecast,
  };
}
