import { expect, test } from 'vitest';
import { reversed, sortKey } from './sort.js';

test.each([
  ['age', 'age', '-age'],
  ['-cost', 'cost', 'cost'],
])('%s is the order by %s, reversed %s', (sort, key, other) => {
  expect([sortKey(sort), reversed(sort)]).toEqual([key, other]);
});
