// What the page says about money: sums that stay apart by currency, and what nobody knows. Pure.

import type { CostFigures, Forecast, Money } from '@agentcom/schemas';
import { formatAmount } from '../../money.js';
import { costTexts as texts } from '../../texts/costs.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Known amounts, dearest first, and how much is unknown. Nothing known and something unknown is unknown, and never zero. */
export function costLines({
  costs,
  unknownCost,
  attempts,
}: Pick<CostFigures, 'costs' | 'unknownCost' | 'attempts'>): string[] {
  const known = [...costs].sort((a, b) => b.costMicros - a.costMicros).map(formatAmount);
  if (known.length > 0) return unknownCost > 0 ? [...known, texts.andUnknown(unknownCost)] : known;
  return [unknownCost > 0 || attempts > 0 ? texts.unknown : texts.nothing];
}

/** What an hour of this UTC day has cost so far on average; none before it is an hour old, which says little. */
export function perHour(costs: readonly Money[], now: number): readonly Money[] | undefined {
  const hours = (now % DAY_MS) / HOUR_MS;
  if (hours < 1) return undefined;
  return costs.map(({ currency, costMicros }) => ({ currency, costMicros: Math.round(costMicros / hours) }));
}

/** Of the month that it is. */
export function forecastOf(forecast: readonly Forecast[], now: number): readonly Money[] {
  const month = dayOf(now).slice(0, 7);
  return forecast
    .filter((one) => one.month === month)
    .map(({ currency, forecastMicros }) => ({ currency, costMicros: forecastMicros }));
}

/** Share of the whole in percent; none where that would take sums over currencies. */
export function shareOf(costs: readonly Money[], total: readonly Money[]): number | undefined {
  const [all, another] = total;
  if (all === undefined || another !== undefined || all.costMicros <= 0) return undefined;
  const own = costs.find(({ currency }) => currency === all.currency)?.costMicros ?? 0;
  return Math.max(0, Math.round((own / all.costMicros) * 100));
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export type Period = keyof typeof texts.periods;

export function daysOf(period: Period, now: number): { readonly from: string; readonly to: string } {
  const to = dayOf(now);
  switch (period) {
    case 'today':
      return { from: to, to };
    case 'yesterday': {
      const day = dayOf(now - DAY_MS);
      return { from: day, to: day };
    }
    case 'month':
      return { from: `${to.slice(0, 8)}01`, to };
    default:
      return { from: dayOf(now - (Number.parseInt(period, 10) - 1) * DAY_MS), to };
  }
}

export interface Daily {
  /** Seconds at the beginning of each day, UTC. */
  readonly at: number[];
  /** In whole units of the currency. */
  readonly costs: number[];
}

/** One value for each day of the period; a day without an entry has cost nothing that is known. */
export function daily(
  items: readonly { readonly group: Readonly<Record<string, string>>; readonly costs: readonly Money[] }[],
  { from, to }: { readonly from: string; readonly to: string },
  currency: string,
): Daily {
  const byDay = new Map<string, number>();
  for (const { group, costs } of items) {
    const known = costs.find((one) => one.currency === currency)?.costMicros ?? 0;
    const day = group.day ?? '';
    byDay.set(day, (byDay.get(day) ?? 0) + known);
  }
  const at: number[] = [];
  const costs: number[] = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += DAY_MS) {
    at.push(ms / 1000);
    costs.push((byDay.get(dayOf(ms)) ?? 0) / 1_000_000);
  }
  return { at, costs };
}
