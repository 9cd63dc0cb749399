import { expect, test } from 'vitest';
import { formatAge, formatBytes, formatClock, formatCompact, formatMoment, formatMoney, formatSpan } from './format.js';

const NOON = Date.parse('2026-11-30T12:00:00Z');

test.each([
  [0, '0 s'],
  [999, '1 s'],
  [59_000, '59 s'],
  [61_000, '1 min 1 s'],
  [7_200_000, '2 h'],
  [7_500_000, '2 h 5 min'],
  [90_000_000, '1 d 1 h'],
  [-5, '0 s'],
])('a span of %d ms is %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});

test.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [3_599_999, '59 min'],
  [86_400_000, '1 d'],
])('an age of %d ms is %s', (ms, text) => {
  expect(formatAge(ms)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [500 * 1024 * 1024, '500 MiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('money keeps places where it is small, and nothing is $0.00 that is more', () => {
  expect(formatMoney(1_234_500_000, 'USD')).toBe('$1,234.50');
  expect(formatMoney(1_200, 'USD')).toBe('$0.0012');
  expect(formatMoney(0, 'USD')).toBe('$0.00');
  expect(formatMoney(2_500_000, 'EUR')).toBe('€2.50');
  expect(formatMoney(2_500_000)).toBe('2.50');
  expect(formatMoney(2_500_000, 'XXX')).toBe('2.50');
});

test('large counts are short', () => {
  expect(formatCompact(9_999)).toBe('9,999');
  expect(formatCompact(128_400)).toBe('128.4k');
});

test('a moment is said in the zone that is asked for, with the year only where it is another', () => {
  expect(formatMoment('2026-11-30T11:04:05Z', 'utc', NOON)).toBe('30 Nov, 11:04:05 UTC');
  expect(formatMoment('2025-11-30T11:04:05Z', 'utc', NOON)).toBe('30 Nov 2025, 11:04:05 UTC');
  // The next year has begun there.
  expect(formatMoment('2026-12-31T20:00:00Z', 'local', NOON, 'Asia/Kolkata')).toMatch(/^1 Jan 2027, 01:30:00 /);
  expect(formatMoment('2026-07-01T11:04:05Z', 'local', NOON, 'Asia/Kathmandu')).toContain('16:49:05');
  expect(formatClock(NOON, 'local', 'America/New_York')).toBe('07:00');
});
