// What a month will have cost at its end, if it goes on as in the last days.

import type { Forecast } from '@agentcom/schemas';
import { DAY_MS, dateOf, dayOf, monthOf } from '../access/usage.js';
import { costsOf } from './costs.js';
import type { OrgLedger } from './ledger.js';

/** Days before today that say how it goes on. */
const LOOK_BACK = 7;

/** For each currency that was spent this month or lately. */
export function forecastOf(
  orgs: readonly (readonly [string, OrgLedger])[],
  now: number,
  member: string | undefined,
): Forecast[] {
  const today = dayOf(now);
  const between = (from: number, to: number) => costsOf(orgs, { by: [], from, to, member }).total.cost;
  const spent = between(monthOf(now), today);
  const lately = between(today - LOOK_BACK, today - 1);
  const first = Math.min(...orgs.map(([, own]) => own.firstDay ?? today));
  const daysBack = Math.min(LOOK_BACK, today - first);
  const perDay = (currency: string): number =>
    daysBack > 0 ? (lately[currency] ?? 0) / daysBack : (spent[currency] ?? 0);
  const daysLeft = (monthEnd(now) - now) / DAY_MS;
  const month = dateOf(today).slice(0, 7);
  return [...new Set([...Object.keys(spent), ...Object.keys(lately)])].sort().map((currency) => {
    const spentMicros = spent[currency] ?? 0;
    return { month, currency, spentMicros, forecastMicros: Math.round(spentMicros + perDay(currency) * daysLeft) };
  });
}

function monthEnd(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
