import { expect, test } from 'vitest';
import { knownNames, nameOf } from './by-names.js';

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

test('whoever stands on a later page of keys or members is known as well', async () => {
  const paged =
    <T>(items: readonly T[]) =>
    async ({ cursor = '0' }: { readonly cursor?: string }) => {
      const end = Number(cursor) + 200;
      return { items: items.slice(Number(cursor), end), nextCursor: end < items.length ? String(end) : null };
    };
  const many = Array.from({ length: 450 }, (_, i) => ({ id: `i${i}`, name: `n${i}`, email: '' }));
  const nameBy = await knownNames({ keys: paged(many), members: paged(many) } as never);
  expect([nameBy('key:i449'), nameBy('person:i449')]).toEqual(['key n449', 'n449']);
  const without = { keys: () => Promise.reject(new Error('no')), members: paged(many) };
  expect((await knownNames(without as never))('person:i3')).toBe('n3');
});
