// The one place where settings of rules and limits of alerts are turned into what people read and type, and back: `6 ×` is 60 tenths. Pure.

import type { AlertView } from '@agentcom/schemas';
import { formatCount } from '../../format.js';
import { alertTexts as texts } from '../../texts/alerts.js';

export interface Quantity {
  /** Exactly: read again, it is the same value. */
  readonly print: (value: number) => string;
  /** Undefined for what it cannot be, or not so exactly. */
  readonly parse: (text: string) => number | undefined;
  /** What it must be, as somebody may type it. */
  readonly mustBe: string;
}

const SPANS: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];
const SECONDS: Readonly<Record<string, number>> = { ...Object.fromEntries(SPANS), m: 60, sec: 1 };

/** What is exact in the text is not to be a little more or less in the value. */
const PRECISION = 1e-6;

/** A length of time, in whole units of `unitSeconds`; a number alone is meant in these. */
function span(unitSeconds: number): Quantity {
  return {
    print: (value) => {
      let left = value * unitSeconds;
      const parts = SPANS.flatMap(([unit, size]) => {
        const n = Math.floor(left / size);
        left -= n * size;
        return n === 0 ? [] : [`${n} ${unit}`];
      });
      return parts.join(' ') || `0 ${unitSeconds === 1 ? 's' : 'min'}`;
    },
    parse: (text) => {
      const alone = numberIn(text);
      if (alone !== undefined) return whole(alone);
      const parts = [...text.toLowerCase().matchAll(/\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy)];
      const isAll = parts.length > 0 && parts.reduce((sum, [part]) => sum + part.length, 0) === text.length;
      const seconds = parts.reduce((sum, [, n, unit = '']) => sum + Number(n) * (SECONDS[unit] ?? Number.NaN), 0);
      return isAll ? whole(seconds / unitSeconds) : undefined;
    },
    mustBe: texts.quantities.span,
  };
}

/** A number with its unit behind it, of which the value counts `parts` to one. */
function scaled(unit: string, parts: number, mustBe: string): Quantity {
  return {
    print: (value) => `${printed(value / parts)}${unit === '' ? '' : ` ${unit}`}`,
    parse: (text) => {
      const end = text.trim().toLowerCase();
      const isNamed = unit !== '' && [unit, unit === '×' ? 'x' : unit].some((one) => end.endsWith(one));
      const number = numberIn(isNamed ? end.slice(0, -unit.length) : end);
      return number === undefined ? undefined : whole(number * parts);
    },
    mustBe,
  };
}

const SIZES: readonly (readonly [unit: string, bytes: number])[] = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['B', 1],
];

const BYTES: Quantity = {
  print: (value) => {
    const [unit, size] = SIZES.find(([, one]) => value >= one && Number.isInteger((value * 10) / one)) ?? ['B', 1];
    return `${printed(value / size)} ${unit}`;
  },
  parse: (text) => {
    const [, n = '', unit = 'b'] = /^(.*?)\s*([a-z]+)?$/.exec(text.trim().toLowerCase()) ?? [];
    const number = numberIn(n);
    const size = SIZES.find(([one]) => one.toLowerCase() === unit)?.[1];
    return number === undefined || size === undefined ? undefined : whole(number * size);
  },
  mustBe: texts.quantities.bytes,
};
const PERCENT = scaled('%', 1, texts.quantities.percent);
const TIMES = scaled('×', 1, texts.quantities.times);
const MS = scaled('ms', 1, texts.quantities.ms);
const COUNT = scaled('', 1, texts.whole);

/** By the end of a setting's name, the first that fits. */
const BY_NAME: readonly (readonly [name: RegExp, quantity: Quantity])[] = [
  [/seconds$/i, span(1)],
  [/minutes$/i, span(60)],
  [/percent$/i, PERCENT],
  [/PerMille$/, scaled('%', 10, texts.quantities.tenthPercent)],
  [/Tenths$/, scaled('×', 10, texts.quantities.tenthTimes)],
  [/^burnRate$|^timesMedian$/, TIMES],
  [/Micros$/, scaled('', 1_000_000, texts.quantities.money)],
  [/Bytes$/, BYTES],
  [/Ms$/, MS],
];

export function quantityOf(setting: string): Quantity {
  return BY_NAME.find(([name]) => name.test(setting))?.[1] ?? COUNT;
}

/** Of the value and the limit of an alert, which need not be whole. */
export function quantityIn(unit: AlertView['unit']): Quantity {
  switch (unit) {
    case 'seconds':
      return span(1);
    case 'ms':
      return MS;
    case 'bytes':
      return BYTES;
    case 'percent':
      return { ...PERCENT, parse: (text) => numberIn(text.replace('%', '')), mustBe: texts.quantities.number };
    default:
      return { ...COUNT, parse: numberIn, mustBe: texts.quantities.number };
  }
}

/** The help of a setting without the unit of its value, which whoever reads this is not asked for. */
export function labelOf(help: string): string {
  return help
    .replace(
      /, in (?:percent|per mille|tenths|ms|millionths of the currency)(?:: \d+ is [^;]*?(?=;|\.$))?(?:,(?= ))?/,
      '',
    )
    .replace(/`|\.$/g, '');
}

function numberIn(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/,(?=\d{3}(?:\D|$))/g, '')
    .replace(',', '.');
  return /^\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : undefined;
}

function whole(value: number): number | undefined {
  const rounded = Math.round(value);
  return Math.abs(value - rounded) <= PRECISION * Math.max(1, Math.abs(value)) ? rounded : undefined;
}

function printed(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toFixed(6)));
}
