// How findings say times and amounts.

import { iso } from '../../iso.js';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: `2 h 5 min`. */
export function span(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  if (first < 0) return `${Math.max(0, Math.round(ms))} ms`;
  const [unit, size] = UNITS[first] as (typeof UNITS)[number];
  const whole = Math.floor(ms / size);
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((ms - whole * size) / next[1]);
  return rest === 0 || next === undefined ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${next[0]}`;
}

/** `3 min (since 12:03 UTC), 1 min past the limit of 2 min`. */
export function overdue(since: number, now: number, limitMs: number): string {
  return `${span(now - since)} (since ${at(since)}), ${span(now - since - limitMs)} past the limit of ${span(limitMs)}`;
}

/** `2026-01-31 12:03 UTC`. */
export function at(ms: number): string {
  return `${iso(ms).slice(0, 16).replace('T', ' ')} UTC`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, n)) / 10)));
  const amount = n / 1024 ** power;
  return `${amount >= 10 ? Math.round(amount) : Math.round(amount * 10) / 10} ${units[power]}`;
}

export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 1000) / 10;
}

/** `5 of 6 attempts (83.3 %)`; without the percentage where it is all of them. */
export function share(part: number, whole: number, one: string, many = `${one}s`): string {
  if (part < whole) return `${part} of ${whole} ${many} (${percentOf(part, whole)} %)`;
  return whole === 1 ? `The only ${one}` : `All ${whole} ${many}`;
}

/** The few first, and how many more there are. */
export function list(items: readonly string[], max = 3): string {
  const shown = items.slice(0, max).join(', ');
  return items.length > max ? `${shown} and ${items.length - max} more` : shown;
}

/** The most frequent, with its number. */
export function leading(items: Iterable<string>): readonly [string, number] | undefined {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  let best: readonly [string, number] | undefined;
  for (const entry of counts) if (best === undefined || entry[1] > best[1]) best = entry;
  return best;
}
