// Passkeys of people: whose they are, and counters that only grow.

import { expect, test } from 'vitest';
import { Bench, dumpOf, fromSnapshot, HOUR, ORG } from '../fixture.js';

const from = { ttlMs: HOUR, idleMs: HOUR, address: '192.0.2.1' };
const key = { publicKey: 'k', name: 'phone' };

function withPerson(): { bench: Bench; person: string } {
  const bench = new Bench();
  const ada = { email: 'ada@example.org', name: 'Ada', passwordHash: 'p' };
  const { person } = bench.take({ type: 'person.register', ...ada, newOrg: { id: ORG } }).reply;
  return { bench, person };
}

test('a counter only grows, unless the authenticator has none', () => {
  const { bench, person } = withPerson();
  const add = (credential: string, counter: number) =>
    bench.take({ type: 'passkey.add', person, credential, counter, ...key }).reply.passkey;
  const [counted, uncounted] = [add('a', 5), add('b', 0)];
  const start = (passkey: string, counter: number, hash: string) =>
    ({ type: 'session.start', person, hash, ...from, proof: { method: 'passkey', passkey, counter } }) as const;
  for (const counter of [0, 4, 5]) expect(bench.refusal(start(counted, counter, 'x'))).toBe('auth.passkey_refused');
  bench.take(start(counted, 6, 's'));
  expect(bench.refusal(start(counted, 6, 'x'))).toBe('auth.passkey_refused');
  bench.take(start(uncounted, 0, 't'));
  bench.take(start(uncounted, 0, 'u'));
  expect(bench.refusal(start('another', 1, 'x'))).toBe('auth.passkey_refused');
});

test('nobody has more than twenty, and all are void once the account is linked with an identity provider', () => {
  const { bench, person } = withPerson();
  const add = (i: number) => ({ type: 'passkey.add', person, credential: `c${i}`, counter: 0, ...key }) as const;
  for (let i = 0; i < 20; i++) bench.take(add(i));
  expect(bench.refusal(add(20))).toBe('quota.exceeded');
  expect(bench.refusal({ ...add(0) })).toBe('passkey.exists');
  const ada = { email: 'ada@example.org', name: 'Ada' };
  bench.take({ type: 'person.identify', org: ORG, issuer: 'https://id', subject: 'a', ...ada });
  expect(bench.state.people.get(person)?.passkeys).toBeUndefined();
  expect(bench.state.access.passkeys.size).toBe(0);
});

test('what proves people comes back from the journal and from a snapshot, and finds them again', () => {
  const { bench } = withPerson();
  const bob = { email: 'bob@example.org', name: 'Bob', role: 'viewer' } as const;
  const { person } = bench.take({
    type: 'person.identify',
    org: ORG,
    issuer: 'https://id',
    subject: 'b',
    ...bob,
  }).reply;
  bench.take({ type: 'passkey.add', person, credential: 'a', counter: 1, ...key });
  bench.take({
    type: 'passkey.remove',
    person,
    passkey: bench.take({ type: 'passkey.add', person, credential: 'b', counter: 1, ...key }).reply.passkey,
  });
  bench.take({ type: 'totp.offer', person, secret: 'sealed' });
  bench.take({ type: 'totp.enable', person, secret: 'sealed', step: 1, recovery: ['r'] });
  const code = { kind: 'recovery', hash: 'r' } as const;
  bench.take({ type: 'session.start', person, hash: 's', ...from, proof: { method: 'password', code } });
  for (const state of [bench.replay(), fromSnapshot(bench.state)]) {
    expect(dumpOf(state)).toEqual(bench.dump());
    expect([...state.access.passkeys].map(([id, { email }]) => [id, email])).toEqual([['a', bob.email]]);
    expect([...state.access.identities.values()].map(({ email }) => email)).toEqual([bob.email]);
    expect(state.people.get(person)?.totp).toEqual({ secret: 'sealed', usedStep: 1, recovery: [] });
  }
});
