import { expect, test } from 'vitest';
import { failuresIn, resultsText } from './agent-results.js';

test('failures are counted; a usage limit is none, and no result is not zero', () => {
  expect(failuresIn('ccftlmu')).toBe(4);
  expect(failuresIn('cuc')).toBe(0);
  expect(failuresIn(undefined)).toBeUndefined();
});

test('results are said by how many there are of each', () => {
  expect(resultsText('ccfclc')).toBe('4 completed, 1 failed, 1 lost');
});
