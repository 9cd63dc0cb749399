// Amounts that a query compares with, as people write them and as they are printed again.

import { durationText, parseDuration } from '../durations.js';
import type { KeyKind } from './keys.js';

const MICROS = 1_000_000;
const DAY_MS = 86_400_000;
/** So that the sum of its parts is exact. */
const DURATION_MS_MAX = 1_000 * 365 * DAY_MS;
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/;

interface Amount {
  /** Undefined for what is none. */
  readonly parse: (text: string) => number | undefined;
  /** What `parse` reads as the same. */
  readonly print: (value: number) => string;
  readonly mustBe: string;
  readonly example: string;
  /** Equality is asked for: a time to the millisecond hardly ever is what was meant. */
  readonly isExact: boolean;
}

const AMOUNTS: Readonly<Partial<Record<KeyKind, Amount>>> = {
  count: {
    parse: (text) => (/^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Number(text) : undefined),
    print: decimal,
    mustBe: 'a number such as 3',
    example: '>2',
    isExact: true,
  },
  money: {
    parse: (text) => (/^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * MICROS) : undefined),
    print: (micros) => decimal(micros / MICROS),
    mustBe: 'an amount such as 2.50',
    example: '>2.50',
    isExact: true,
  },
  duration: {
    parse: (text) => within(parseDuration(text)),
    print: durationText,
    mustBe: 'a length of time such as 90s, 10m, 2h or 1d',
    example: '>1h',
    isExact: false,
  },
  time: {
    parse: timeOf,
    print: (at) => (at % DAY_MS === 0 ? new Date(at).toISOString().slice(0, 10) : new Date(at).toISOString()),
    mustBe: 'a day such as 2026-01-31, or a time such as 2026-01-31T12:00Z',
    example: '>=2026-01-31',
    isExact: false,
  },
};

/** Undefined for kinds that are not compared. */
export function amountOf(kind: KeyKind): Amount | undefined {
  return AMOUNTS[kind];
}

function within(ms: number | undefined): number | undefined {
  return ms !== undefined && ms <= DURATION_MS_MAX ? ms : undefined;
}

function timeOf(text: string): number | undefined {
  if (!TIME.test(text)) return undefined;
  const at = Date.parse(text);
  // The 31st of a shorter month is no day.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text.slice(0, 10) ? undefined : at;
}

/** Without an exponent, for up to six decimals. */
function decimal(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}
