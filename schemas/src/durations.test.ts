import fc from 'fast-check';
import { expect, it } from 'vitest';
import { durationText, parseDuration } from './durations.js';

it.each([
  ['90', 90_000],
  ['500ms', 500],
  ['90s', 90_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s', 93_784_000],
  ['0', 0],
])('%s is a length of time', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', ' 90', '90 s', '-1', '1.5h', '30m1h', '1h1h', '5y', '1e3', '2H', 'h', '1h30'])('%j is none', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

it('prints a length of time as it is read', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e12 }), (ms) => {
      expect(parseDuration(durationText(ms))).toBe(ms);
    }),
  );
  expect(durationText(5_400_000)).toBe('1h30m');
});
