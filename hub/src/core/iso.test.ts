import fc from 'fast-check';
import { expect, test } from 'vitest';
import { iso } from './iso.js';

const MAX_MS = 8.64e15;

test('is what a Date prints, of any time', () => {
  const times = fc.oneof(
    fc.integer({ min: 0, max: 4e12 }),
    fc.double({ min: -MAX_MS, max: MAX_MS, noNaN: true }),
    fc.constantFrom(-1, -0, 0.9, 86_399_999, 86_400_000, -62_198_755_200_000, 253_402_300_800_000, MAX_MS, -MAX_MS),
  );
  fc.assert(
    fc.property(times, (ms) => {
      expect(iso(ms)).toBe(new Date(ms).toISOString());
    }),
  );
});

test('throws of what is no time', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, MAX_MS * 2]) expect(() => iso(ms)).toThrow(RangeError);
});

test('is right of more days than are remembered', () => {
  for (let day = 0; day < 2_500; day++) {
    const ms = day * 86_400_000 + 1;
    expect(iso(ms)).toBe(new Date(ms).toISOString());
  }
});
