import { expect, test } from 'vitest';
import { stepFrom } from './selection.js';

test('keys go from row to row and stay at the ends', () => {
  const ids = ['a', 'b', 'c'];
  expect(stepFrom(ids, undefined, 1)).toBe('a');
  expect(stepFrom(ids, undefined, -1)).toBe('c');
  expect(stepFrom(ids, 'a', 1)).toBe('b');
  expect(stepFrom(ids, 'c', 1)).toBe('c');
  expect(stepFrom(ids, 'a', -1)).toBe('a');
  expect(stepFrom(ids, 'gone', 1)).toBe('a');
  expect(stepFrom([], 'a', 1)).toBeUndefined();
});
