import { expect, test } from 'vitest';
import { nameOf } from './by-names.js';

const KEY = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b';
const keys = [{ id: KEY, name: 'ci' }];
const members = [
  { id: 'p1', name: 'Ada', email: 'ada@example.org' },
  { id: 'p2', name: '', email: 'bob@example.org' },
];

test.each([
  [`key:${KEY}`, 'key ci'],
  ['key:019a2b3c-4d5e-7f60-8a1b-2c3d4e5f0000', 'key …4e5f0000'],
  ['person:p1', 'Ada'],
  ['person:p2', 'bob@example.org'],
  ['person:019a2b3c-4d5e-7f60-8a1b-2c3d4e5f0000', 'somebody who has left (…4e5f0000)'],
  ['hub', 'hub'],
])('%s is %s', (by, name) => {
  expect(nameOf(by, keys, members)).toBe(name);
});
