import { expect, test } from 'vitest';
import { formatAmount, formatSetting, settingWords } from './amounts.js';

test.each([
  [250, 'ms', '250 ms'],
  [90_000, 'ms', '1 min 30 s'],
  [7200, 'seconds', '2 h'],
  [3 * 1024 ** 3, 'bytes', '3.0 GiB'],
  [33.333, 'percent', '33.3 %'],
  [12_000, 'count', '12,000'],
  [3, undefined, '3'],
] as const)('%s in %s is %s', (amount, unit, text) => {
  expect(formatAmount(amount, unit)).toBe(text);
});

test.each([
  ['windowMinutes', 'window'],
  ['hourMinimum', 'hour minimum'],
  ['maxOffersPercent', 'max offers'],
  ['warnBurnTenths', 'warn burn'],
  ['tasks', 'tasks'],
  ['seconds', 'after'],
])('%s is called %s', (key, words) => {
  expect(settingWords(key)).toBe(words);
});

test.each([
  ['waitSeconds', 900, '15 min'],
  ['windowMinutes', 90, '1 h 30 min'],
  ['warnBytes', 1024, '1 KiB'],
  ['burnRate', 6, '6 ×'],
  ['floorMicros', 2_500_000, '2.5'],
  ['withinSeconds', 90_061, '1 d 1 h 1 min 1 s'],
  ['fillPercent', 80, '80 %'],
  ['allowedPerMille', 1, '0.1 %'],
  ['warnBurnTenths', 144, '14.4 ×'],
  ['lagMs', 200, '200 ms'],
  ['seconds', 60, '1 min'],
  ['tasks', 10, '10'],
])('%s of %s is %s', (key, value, text) => {
  expect(formatSetting(key, value)).toBe(text);
});
