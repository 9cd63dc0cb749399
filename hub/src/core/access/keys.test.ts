// Keys made and revoked by an owner.

import { expect, test } from 'vitest';
import { Bench, HOUR, ORG } from '../fixture.js';

const BY = 'key:first';
const owner = { type: 'key.create', org: ORG, by: BY, role: 'owner', name: 'owner', hash: 'first' } as const;

test('a key is known by its hash, and ends when it is revoked', () => {
  const bench = new Bench();
  bench.take(owner);
  const { key } = bench.take({
    type: 'key.create',
    org: ORG,
    by: BY,
    role: 'submitter',
    name: 'ci',
    hash: 'h',
    ttlMs: HOUR,
  }).reply;
  expect(bench.state.keys.get('h')).toMatchObject({
    id: key,
    role: 'submitter',
    expiresAt: bench.now + HOUR,
  });
  bench.take({ type: 'key.revoke', org: ORG, by: BY, key });
  expect(bench.state.keys.get('h')?.revokedAt).toBe(bench.now);
  expect(bench.refusal({ type: 'key.revoke', org: ORG, by: BY, key })).toBe('key.not_found');
});

test('keys of another organisation are not there', () => {
  const bench = new Bench();
  const { key } = bench.take({ ...owner, org: 'other' }).reply;
  expect(bench.refusal({ type: 'key.revoke', org: ORG, by: BY, key })).toBe('key.not_found');
});

test('the last lasting owner key cannot be revoked, however many end by themselves', () => {
  const bench = new Bench();
  const { key } = bench.take(owner).reply;
  bench.take({ ...owner, hash: 'short', ttlMs: HOUR });
  expect(bench.refusal({ type: 'key.revoke', org: ORG, by: BY, key })).toBe('key.last_owner');
  bench.take({ ...owner, hash: 'second' });
  expect(bench.refusal({ type: 'key.revoke', org: ORG, by: BY, key })).toBeUndefined();
});

test('a rotated key goes on for the overlap beside the new one, which may the same', () => {
  const bench = new Bench();
  const made = {
    ...owner,
    role: 'developer',
    name: 'ci',
    hash: 'old',
    scopes: ['tasks:read'],
    ttlMs: 10 * HOUR,
  } as const;
  const { key } = bench.take(made).reply;
  bench.wait(HOUR);
  const rotate = { type: 'key.rotate', org: ORG, by: BY, hash: 'new', hint: 'ac_h', overlapMs: HOUR } as const;
  const { reply } = bench.take({ ...rotate, key });
  expect(bench.state.keys.get('old')).toMatchObject({ expiresAt: bench.now + HOUR, replacedBy: reply.key });
  expect(bench.state.keys.get('new')).toMatchObject({
    role: 'developer',
    name: 'ci',
    scopes: ['tasks:read'],
    expiresAt: bench.now + 10 * HOUR,
  });
  expect(bench.refusal({ ...rotate, key, hash: 'newer' })).toBe('key.not_rotatable');
  bench.wait(HOUR);
  expect(bench.refusal({ ...rotate, key, hash: 'newer' })).toBe('key.not_found');
});

test('a key that has ended is forgotten after ninety days, and not before', () => {
  const bench = new Bench();
  bench.take(owner);
  bench.take({ ...owner, role: 'viewer', hash: 'short', ttlMs: HOUR });
  bench.pass(90 * 24 * HOUR);
  expect(bench.state.keys.has('short')).toBe(true);
  bench.pass(2 * HOUR);
  expect([...bench.state.keys.keys()]).toEqual(['first']);
});

test('the key of the installation does not come back once it was revoked, however long ago', () => {
  const bench = new Bench();
  const ensure = { type: 'key.ensure', org: ORG, role: 'owner', name: 'owner', hash: 'installed' } as const;
  bench.take(ensure);
  bench.take(owner);
  const { id = '' } = bench.state.keys.get('installed') ?? {};
  bench.take({ type: 'key.revoke', org: ORG, by: BY, key: id });
  bench.pass(400 * 24 * HOUR);
  bench.take(ensure);
  expect(bench.state.keys.get('installed')?.revokedAt).toBeDefined();
});

test('uses are noted coarsely', () => {
  const bench = new Bench();
  const { key } = bench.take(owner).reply;
  const note = (at: number) => bench.take({ type: 'credentials.note', keys: [[key, at]], sessions: [] }).events.length;
  expect(note(bench.now)).toBe(1);
  expect(note(bench.now + HOUR / 12)).toBe(0);
  expect(note(bench.now + HOUR)).toBe(1);
  expect(bench.state.keys.get('first')?.usedAt).toBe(bench.now + HOUR);
  expect(bench.take({ type: 'credentials.note', keys: [['gone', bench.now]], sessions: [] }).events).toEqual([]);
});
