import { expect, test } from 'vitest';
import { hashOf, isErrorLine, nextMatch, placeOf } from './line-place.js';

test.each([
  ['error: it broke', true],
  ['Error [E42]: no', true],
  ['error[E0308]: mismatched types', true],
  ['  FAILED: 3 tests', true],
  ['thread panicked: panic!', true],
  ['no errors', false],
  ['all tests passed', false],
  ['failed 0', false],
  ['terror: of the seas', false],
])('%s', (text, is) => {
  expect(isErrorLine(text)).toBe(is);
});

test('a line has an address', () => {
  expect(placeOf('#g2L120')).toEqual({ generation: 2, line: 120 });
  expect(hashOf({ generation: 2, line: 120 })).toBe('#g2L120');
  for (const hash of ['', '#g0L1', '#g2', '#g2L', '#g2L1x']) expect(placeOf(hash)).toBeUndefined();
});

test('goes from match to match, around the ends', () => {
  expect(nextMatch([2, 5], undefined, 1)).toBe(2);
  expect(nextMatch([2, 5], 2, 1)).toBe(5);
  expect(nextMatch([2, 5], 5, 1)).toBe(2);
  expect(nextMatch([2, 5], 2, -1)).toBe(5);
  expect(nextMatch([], 2, 1)).toBeUndefined();
});
