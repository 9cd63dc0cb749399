// Accounts that an identity provider vouches for: whom they belong to, who is let in, and what is void once they are linked.

import { beforeEach, describe, expect, test } from 'vitest';
import { Bench, HOUR, ORG } from '../fixture.js';

const DAY = 24 * HOUR;
const BY = 'key:owner';
const EMAIL = 'ada@example.org';
const identify = {
  type: 'person.identify',
  org: ORG,
  issuer: 'https://id',
  subject: 'a',
  email: EMAIL,
  name: 'Ada',
} as const;
const from = { ttlMs: DAY, idleMs: HOUR, address: '192.0.2.1' };

function withOwnerKey(): Bench {
  const bench = new Bench();
  bench.take({ type: 'org.ensure', org: ORG });
  bench.take({ type: 'key.ensure', org: ORG, role: 'owner', name: 'owner', hash: 'owner' });
  return bench;
}

function register(bench: Bench): string {
  bench.take({ type: 'member.invite', org: ORG, by: BY, hash: 'i', role: 'developer', ttlMs: DAY });
  const account = { email: EMAIL, name: 'Ada', passwordHash: 'p' };
  return bench.take({ type: 'person.register', ...account, invitation: 'i' }).reply.person;
}

const roleOf = (bench: Bench, person: string) => bench.state.members.get(`${ORG}/${person}`)?.role;

test('somebody unknown comes in only by an invitation of that address, or where new people have a role', () => {
  const bench = withOwnerKey();
  expect(bench.refusal(identify)).toBe('oidc.no_account');
  bench.take({
    type: 'member.invite',
    org: ORG,
    by: BY,
    hash: 'bob',
    role: 'admin',
    ttlMs: DAY,
    email: 'bob@example.org',
  });
  bench.take({ type: 'member.invite', org: ORG, by: BY, hash: 'anybody', role: 'admin', ttlMs: DAY });
  expect(bench.refusal(identify)).toBe('oidc.no_account');
  const bob = { ...identify, subject: 'b', email: 'bob@example.org', name: 'Bob' };
  const { person } = bench.take(bob).reply;
  expect(roleOf(bench, person)).toBe('admin');
  expect(bench.state.tokens.has('bob')).toBe(false);
  const ada = bench.take({ ...identify, role: 'viewer' }).reply;
  expect(ada.org).toBe(ORG);
  expect(roleOf(bench, ada.person)).toBe('viewer');
});

test('an account is known by its subject, whatever its address becomes, and an address that moves on takes no account along', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...identify, role: 'viewer' }).reply;
  expect(bench.take({ ...identify, email: 'lovelace@example.org' }).reply.person).toBe(person);
  expect(bench.refusal({ ...identify, subject: 'another' })).toBe('oidc.conflict');
  expect(bench.take({ ...identify, issuer: 'https://other' }).reply.person).toBe(person);
});

test('an account of that address is linked, and nothing that proved it before still does', () => {
  const bench = withOwnerKey();
  const person = register(bench);
  bench.take({ type: 'totp.offer', person, secret: 'sealed' });
  bench.take({ type: 'totp.enable', person, secret: 'sealed', step: 1, recovery: [] });
  const code = { kind: 'totp', step: 2 } as const;
  bench.take({ type: 'session.start', person, hash: 's', ...from, proof: { method: 'password', code } });
  bench.take({ type: 'token.create', purpose: 'reset', org: ORG, by: BY, hash: 'r', ttlMs: DAY, person });
  expect(bench.take(identify).reply).toEqual({ person, org: ORG });
  expect(bench.state.people.get(person)).toMatchObject({ passwordHash: undefined, totp: undefined });
  expect(bench.state.sessions.size).toBe(0);
  expect(bench.refusal({ type: 'person.reset', token: 'r', passwordHash: 'q' })).toBe('token.invalid');
  bench.take({ type: 'session.start', person, hash: 't', ...from, proof: { method: 'oidc' } });
  bench.take(identify);
  expect(bench.state.sessions.size).toBe(1);
});

test('the role that the provider names counts each time, but for the last owner', () => {
  const bench = new Bench();
  bench.take({ type: 'org.ensure', org: ORG });
  const { person } = bench.take({ ...identify, role: 'owner', claimed: 'owner' }).reply;
  bench.take({ ...identify, role: 'viewer', claimed: 'viewer' });
  expect(roleOf(bench, person)).toBe('owner');
  bench.take({ type: 'key.ensure', org: ORG, role: 'owner', name: 'owner', hash: 'owner' });
  bench.take({ ...identify, role: 'viewer', claimed: 'viewer' });
  expect(roleOf(bench, person)).toBe('viewer');
  bench.take({ ...identify, role: 'admin' });
  expect(roleOf(bench, person)).toBe('viewer');
});

test('a member of another organisation alone stays outside this one without a role or an invitation', () => {
  const bench = withOwnerKey();
  const ada = { email: EMAIL, name: 'Ada', passwordHash: 'p' };
  const { person } = bench.take({ type: 'person.register', ...ada, newOrg: { id: 'acme' } }).reply;
  expect(bench.take(identify).reply).toEqual({ person });
  expect(roleOf(bench, person)).toBeUndefined();
  expect(bench.take({ ...identify, role: 'viewer' }).reply).toEqual({ person, org: ORG });
});

describe('an invitation to another organisation', () => {
  const OTHER = 'acme';
  let bench: Bench;
  const invite = (hash: string, org = OTHER, email: string | undefined = EMAIL) =>
    bench.take({ type: 'member.invite', org, by: BY, hash, role: 'operator', ttlMs: DAY, ...(email && { email }) });
  const rolesOf = (person: string) => bench.state.access.membershipsOf.of(person).map(({ org, role }) => [org, role]);

  beforeEach(() => {
    bench = withOwnerKey();
    bench.take({ type: 'org.create', org: OTHER, by: BY, invitation: { hash: 'first', ttlMs: DAY } });
    bench.take({ type: 'org.create', org: 'zoo', by: BY, invitation: { hash: 'second', ttlMs: DAY } });
  });

  test('lets somebody in who comes in nowhere else, with its own role', () => {
    invite('a');
    invite('z', 'zoo');
    const { person, org } = bench.take({ ...identify }).reply;
    expect([org, rolesOf(person)]).toEqual([OTHER, [[OTHER, 'operator']]]);
    expect(bench.state.tokens.has('a')).toBe(false);
    // What is left of them is for whoever follows the link.
    expect(bench.take(identify).reply).toEqual({ person });
    expect(bench.state.tokens.has('z')).toBe(true);
  });

  test('also an account that is a member of none any more', () => {
    const person = register(bench);
    bench.take({ type: 'member.remove', org: ORG, person, by: BY });
    expect(bench.take(identify).reply).toEqual({ person });
    invite('a');
    expect(bench.take(identify).reply).toEqual({ person, org: OTHER });
    expect(rolesOf(person)).toEqual([[OTHER, 'operator']]);
  });

  test('goes behind one to the organisation of the provider, and behind a role there', () => {
    invite('a');
    invite('d', ORG);
    const { person } = bench.take({ ...identify }).reply;
    expect(rolesOf(person)).toEqual([[ORG, 'operator']]);
    const bob = { ...identify, subject: 'b', email: 'bob@example.org', role: 'viewer', claimed: 'viewer' } as const;
    invite('b', OTHER, 'bob@example.org');
    expect(rolesOf(bench.take(bob).reply.person)).toEqual([[ORG, 'viewer']]);
    expect(bench.state.tokens.has('b')).toBe(true);
  });

  test('lets nobody in once it is over, or where it is for somebody else or for anybody', () => {
    invite('a');
    invite('b', OTHER, 'bob@example.org');
    invite('c', OTHER, '');
    bench.pass(DAY);
    expect(bench.refusal(identify)).toBe('oidc.no_account');
    expect(bench.state.access.invitationsFor.size(EMAIL)).toBe(0);
  });
});

test('whoever comes in by a role counts for the quota of members', () => {
  const bench = withOwnerKey();
  bench.take({ type: 'org.set_quotas', org: ORG, by: BY, quotas: { members: 1 } });
  bench.take({ ...identify, role: 'viewer' });
  const bob = { ...identify, subject: 'b', email: 'bob@example.org', role: 'viewer' } as const;
  expect(bench.refusal(bob)).toBe('quota.exceeded');
  expect(bench.state.access.emails.has('bob@example.org')).toBe(false);
  bench.take({ ...identify, role: 'viewer' });
});
