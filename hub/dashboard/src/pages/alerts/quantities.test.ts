import { ALERT_RULES } from '@agentcom/schemas/alert-rules/catalogue';
import type { AlertRule } from '@agentcom/schemas/alert-rules/rule';
import { describe, expect, test } from 'vitest';
import { labelOf, quantityIn, quantityOf } from './quantities.js';

const RULES: Readonly<Record<string, AlertRule>> = ALERT_RULES;
const THRESHOLDS = Object.values(RULES).flatMap(({ thresholds }) => Object.entries(thresholds));

describe('a setting of a rule', () => {
  test.each(THRESHOLDS)('%s is read as it is printed', (key, { byDefault, minimum, maximum }) => {
    const { print, parse } = quantityOf(key);
    for (const value of [byDefault, minimum, maximum, Math.floor((minimum + maximum) / 2)])
      expect(parse(print(value)), print(value)).toBe(value);
  });

  test.each(THRESHOLDS)('%s has a label that names no unit that nobody types', (_key, { help }) => {
    expect(labelOf(help)).not.toMatch(/tenths|per mille|millionths|, in (?:percent|ms)|`|\.$/);
  });

  test.each([
    ['waitSeconds', '900', 900],
    ['waitSeconds', '1h30min', 5_400],
    ['waitSeconds', '1.5 h', 5_400],
    ['waitSeconds', '2 weeks', undefined],
    ['waitSeconds', '', undefined],
    ['windowMinutes', '15', 15],
    ['windowMinutes', '90 s', undefined],
    ['fillPercent', '80', 80],
    ['fillPercent', '80.5 %', undefined],
    ['allowedPerMille', '0.1 %', 1],
    ['allowedPerMille', '0,5', 5],
    ['warnBurnTenths', '14.4x', 144],
    ['burnRate', '6 ×', 6],
    ['floorMicros', '2.50', 2_500_000],
    ['tokensPerDay', '1,000,000', 1_000_000],
    ['warnMs', '200ms', 200],
    ['warnBytes', '1.5 GiB', 1.5 * 1024 ** 3],
    ['warnBytes', '1000', 1_000],
    ['warnBytes', '1 GB', undefined],
    ['tasks', '-1', undefined],
  ])('%s of %j is %s', (key, text, value) => {
    expect(quantityOf(key).parse(text)).toBe(value);
  });
});

test('labels keep the rest of their sentence', () => {
  expect(labelOf('At this share of `tasks.x`, in percent, it is told again.')).toBe(
    'At this share of tasks.x it is told again',
  );
  expect(labelOf('Free space is under this share, in percent; under it, it is a page.')).toBe(
    'Free space is under this share; under it, it is a page',
  );
  expect(labelOf('So many times it is a page, in tenths: 144 is 14.4 times.')).toBe('So many times it is a page');
});

test.each([
  ['percent', 33.5, '33.5 %'],
  ['seconds', 900, '15 min'],
  ['ms', 1_000, '1,000 ms'],
  ['bytes', 2 * 1024 ** 3, '2 GiB'],
  ['count', 2.5, '2.5'],
  [undefined, 10, '10'],
] as const)('a limit in %s of %s is %j, and read again the same', (unit, limit, text) => {
  expect([quantityIn(unit).print(limit), quantityIn(unit).parse(text)]).toEqual([text, limit]);
});
