// What work costs today and this month, off the ledger's sums by day.

import type { LiveCosts } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import { dayOf, monthOf } from '../../core/access/usage.js';
import { RowsSource } from '../rows-source.js';
import type { LiveSource } from '../source.js';
import { spendOf } from './spend.js';

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
  return {
    id: 'costs',
    ...spendOf(view, now),
    unknownCost: Math.max(0, month.total.unknownCost),
    forecast: month.forecast,
  };
}
