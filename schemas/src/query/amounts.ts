// Amounts that a query compares with, as people write them and as they are printed again.

import { durationText, parseDuration } from '../durations.js';
import { parseMoment, printMoment, type QueryClock } from './days.js';
import type { KeyKind } from './keys.js';

const MICROS = 1_000_000;
const DAY_MS = 86_400_000;
/** So that the sum of its parts is exact. */
const DURATION_MS_MAX = 1_000 * 365 * DAY_MS;

interface Amount {
  /** Undefined for what is none. */
  readonly parse: (text: string, clock: QueryClock) => number | undefined;
  /** What `parse` reads as the same. */
  readonly print: (value: number) => string;
  readonly mustBe: string;
  readonly example: string;
  /** Equality is asked for: a time to the millisecond hardly ever is what was meant. */
  readonly isExact: boolean;
  /** Days and periods are asked for without a comparison. */
  readonly hasPeriods?: true;
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
  since: {
    parse: (text) => within(parseDuration(text)),
    print: durationText,
    mustBe: 'a length of time such as >90s, <=10m or >2h, a day such as monday or 2026-01-31, or from one to another',
    example: '>1h',
    isExact: false,
    hasPeriods: true,
  },
  time: {
    parse: parseMoment,
    print: printMoment,
    mustBe: 'a day such as monday or 2026-01-31, a time such as >2026-01-31T12:00, or from one to another',
    example: '2026-01-30..2026-01-31',
    isExact: false,
    hasPeriods: true,
  },
};

/** Undefined for kinds that are not compared. */
export function amountOf(kind: KeyKind): Amount | undefined {
  return AMOUNTS[kind];
}

function within(ms: number | undefined): number | undefined {
  return ms !== undefined && ms <= DURATION_MS_MAX ? ms : undefined;
}

/** Without an exponent, for up to six decimals. */
function decimal(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}
