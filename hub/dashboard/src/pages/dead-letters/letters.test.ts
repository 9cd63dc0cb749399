import type { DeadLetterGroup } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { groupHref, isOfGroup } from './letters.js';

const group: DeadLetterGroup = {
  id: 'permanent test.failed https://example.org/shop claude',
  class: 'permanent',
  code: 'test.failed',
  repo: 'https://example.org/shop',
  runner: 'claude',
  count: 2,
  firstAt: '2026-01-01T00:00:00.000Z',
  lastAt: '2026-01-01T00:00:00.000Z',
  example: { task: 'a', title: 'a' },
  q: '',
};
const letter = {
  repo: { url: 'https://example.org/shop' },
  runner: 'claude',
  death: 'permanent',
  error: { class: 'permanent', code: 'test.failed' },
} as const;

test.each([
  ['the same', letter, true],
  [
    'of the runner that the hub chose',
    { ...letter, runner: ['codex', 'claude'], choice: { runner: 'claude', place: 2, of: 2 } },
    true,
  ],
  ['of another runner', { ...letter, runner: 'codex' }, false],
  ['of a repository whose address begins so', { ...letter, repo: { url: 'https://example.org/shop-2' } }, false],
  ['without a repository', { ...letter, repo: undefined }, false],
  ['of another code', { ...letter, error: { class: 'permanent', code: 'git.failed' } }, false],
  ['that nobody took in the end', { ...letter, death: 'no_taker' }, false],
] as const)('a letter %s is of the group: %#', (_, one, isOf) => {
  expect(isOfGroup(group, one as unknown as Parameters<typeof isOfGroup>[1])).toBe(isOf);
});

test('what nobody took is a group of its own, whatever failed before', () => {
  const { class: _, ...rest } = group;
  const untaken = { ...rest, code: 'no_taker' };
  expect(isOfGroup(untaken, { ...letter, death: 'no_taker' } as Parameters<typeof isOfGroup>[1])).toBe(true);
  expect(isOfGroup(untaken, letter as Parameters<typeof isOfGroup>[1])).toBe(false);
});

test('a group is found by an address that can be shared', () => {
  expect(groupHref(group.id)).toBe(
    '/dead-letters?group=permanent%20test.failed%20https%3A%2F%2Fexample.org%2Fshop%20claude',
  );
});
