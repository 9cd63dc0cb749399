import { expect, test } from 'vitest';
import { attemptText } from './attempt-text.js';

test.each([
  ['queued', 0, '0/3'],
  ['working', 0, '1/3'],
  ['blocked', 2, '3/3'],
  ['completed', 1, '2/3'],
  ['dead', 3, '3/3'],
] as const)('a task that is %s with %i attempts used is at %s', (state, attemptsUsed, expected) => {
  expect(attemptText({ state, attemptsUsed, maxAttempts: 3 })).toBe(expected);
});

test('without a most only the number is said', () => {
  expect(attemptText({ state: 'working', attemptsUsed: 1 })).toBe('2');
});
