import { expect, test } from 'vitest';
import { addressWith } from './address.js';

test.each([
  ['/tasks', { q: 'state:queued,dead' }, '/tasks?q=state:queued,dead'],
  ['/tasks?q=a&sort=-age', { q: undefined }, '/tasks?sort=-age'],
  ['/tasks?q=a', { q: '' }, '/tasks'],
  ['/tasks', { q: '"a & b"' }, '/tasks?q=%22a+%26+b%22'],
])('%s with %j is %s', (url, changes, changed) => {
  expect(addressWith(url, changes)).toBe(changed);
});
