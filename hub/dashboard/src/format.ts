// Numbers, times and money as people read them, by `Intl`. Pure: the clock and the time zone come in.

import { NO_CURRENCY } from '@agentcom/schemas/names';

const LOCALE = 'en-GB';

const counts = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });

export function formatCount(n: number): string {
  return counts.format(n);
}

/** Short, for where there is little room: 12k. */
export function formatCompact(n: number): string {
  return n < 10_000 ? counts.format(n) : compact.format(n).toLowerCase();
}

/** Money in millionths; a number alone where nobody named a currency. Small amounts keep enough places to be told apart. */
export function formatMoney(micros: number, currency?: string): string {
  const amount = micros / 1_000_000;
  const digits = amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2;
  const style =
    currency === undefined || currency === NO_CURRENCY
      ? {}
      : ({ style: 'currency', currency, currencyDisplay: 'narrowSymbol' } as const);
  return new Intl.NumberFormat(LOCALE, { ...style, minimumFractionDigits: 2, maximumFractionDigits: digits }).format(
    amount,
  );
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${BYTE_UNITS[power]}`;
}

const SPANS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** The two largest units: 2 h 5 min. Below a minute seconds alone. */
export function formatSpan(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000)) * 1000;
  const at = SPANS.findIndex(([, size]) => whole >= size);
  const [unit, size] = SPANS[at] ?? (['s', 1000] as const);
  const first = `${Math.floor(whole / size)} ${unit}`;
  const next = SPANS[at + 1];
  if (next === undefined) return first;
  const rest = Math.floor((whole % size) / next[1]);
  return rest === 0 ? first : `${first} ${rest} ${next[0]}`;
}

/** The largest unit alone, for columns: 2h. */
export function formatAge(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000)) * 1000;
  const [unit, size] = SPANS.find(([, one]) => whole >= one) ?? (['s', 1000] as const);
  return `${Math.floor(whole / size)} ${unit}`;
}

export type ClockMode = 'local' | 'utc';

/** Day and time; the year only where it is another one than now, both as the zone has them. */
export function formatMoment(iso: string, mode: ClockMode, now: number, zone?: string): string {
  const { day, full, year } = formatsOf(mode, zone);
  const at = new Date(iso);
  return (year.format(at) === year.format(now) ? day : full).format(at);
}

/** Making one takes longer than formatting with it, and a list of many rows has many times. */
const formats = new Map<string, Record<'day' | 'full' | 'year', Intl.DateTimeFormat>>();

function formatsOf(mode: ClockMode, zone: string | undefined) {
  const key = `${mode} ${zone}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(LOCALE, { ...options, ...zoneOf(mode, zone) });
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const;
  const made = {
    day: format({ day: 'numeric', month: 'short', ...time }),
    full: format({ day: 'numeric', month: 'short', year: 'numeric', ...time }),
    year: format({ year: 'numeric' }),
  };
  formats.set(key, made);
  return made;
}

/** Hours and minutes, for the clock of the page. */
export function formatClock(now: number, mode: ClockMode, zone?: string): string {
  return new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', ...zoneOf(mode, zone) }).format(now);
}

function zoneOf(mode: ClockMode, zone: string | undefined): { timeZone?: string } {
  if (mode === 'utc') return { timeZone: 'UTC' };
  return zone === undefined ? {} : { timeZone: zone };
}
