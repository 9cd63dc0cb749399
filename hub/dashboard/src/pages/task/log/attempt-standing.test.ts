import { expect, test } from 'vitest';
import { standingOf, stayingWith } from './attempt-standing.js';

const task = { attempts: [{ generation: 3 }, { generation: 4 }], attemptsDropped: 0 };

test('only the newest attempt may go on; one that never was is none', () => {
  expect([2, 3, 4, 9].map((generation) => standingOf(task, generation))).toEqual(['none', 'over', 'newest', 'none']);
  expect(standingOf({ ...task, attemptsDropped: 2 }, 2)).toBe('over');
  expect(standingOf({ attempts: [], attemptsDropped: 0 }, 1)).toBe('none');
});

test('who follows the newest attempt is led on, and who reads stays', () => {
  expect(stayingWith(task, 4, true)).toBeUndefined();
  expect(stayingWith(task, 4, false)).toBe(4);
  expect(stayingWith(task, 3, true)).toBe(3);
});
