// Keys made and revoked by an owner.

import { expect, test } from 'vitest';
import { Bench, HOUR, ORG } from '../fixture.js';

const owner = { type: 'key.create', org: ORG, role: 'owner', name: 'owner', hash: 'first' } as const;

test('a key is known by its hash, and ends when it is revoked', () => {
  const bench = new Bench();
  bench.take(owner);
  const { key } = bench.take({
    type: 'key.create',
    org: ORG,
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
  bench.take({ type: 'key.revoke', org: ORG, key });
  expect(bench.state.keys.get('h')?.revokedAt).toBe(bench.now);
  expect(bench.refusal({ type: 'key.revoke', org: ORG, key })).toBe('key.not_found');
});

test('keys of another organisation are not there', () => {
  const bench = new Bench();
  const { key } = bench.take({ ...owner, org: 'other' }).reply;
  expect(bench.refusal({ type: 'key.revoke', org: ORG, key })).toBe('key.not_found');
});

test('the last lasting owner key cannot be revoked, however many end by themselves', () => {
  const bench = new Bench();
  const { key } = bench.take(owner).reply;
  bench.take({ ...owner, hash: 'short', ttlMs: HOUR });
  expect(bench.refusal({ type: 'key.revoke', org: ORG, key })).toBe('key.last_owner');
  bench.take({ ...owner, hash: 'second' });
  expect(bench.refusal({ type: 'key.revoke', org: ORG, key })).toBeUndefined();
});
