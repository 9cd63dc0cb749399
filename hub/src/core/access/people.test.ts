// People: registration, invitations, roles, the last owner.

import { expect, test } from 'vitest';
import { Bench, HOUR, ORG } from '../fixture.js';
import type { NewSession } from './commands.js';
import { usedOf } from './usage.js';

const DAY = 24 * HOUR;
const BY = 'key:owner';

function withOwnerKey(): Bench {
  const bench = new Bench();
  bench.take({ type: 'org.ensure', org: ORG });
  bench.take({ type: 'key.ensure', org: ORG, role: 'owner', name: 'owner', hash: 'owner' });
  return bench;
}

function invite(bench: Bench, hash = 'invitation', email?: string): string {
  const address = email === undefined ? {} : { email };
  return bench.take({ type: 'member.invite', org: ORG, by: BY, hash, role: 'developer', ttlMs: DAY, ...address }).reply
    .token;
}

const ada = { type: 'person.register', email: 'ada@example.org', name: 'Ada', passwordHash: 'p' } as const;
const proof = { method: 'password' } as const;
const from = (hash: string): NewSession => ({ hash, ttlMs: DAY, idleMs: HOUR, address: '192.0.2.1' });

test('whoever is invited becomes a member in the role of the invitation, which is good once', () => {
  const bench = withOwnerKey();
  invite(bench);
  const { person, org } = bench.take({ ...ada, invitation: 'invitation' }).reply;
  expect(org).toBe(ORG);
  expect(bench.state.members.get(`${ORG}/${person}`)).toMatchObject({ role: 'developer' });
  expect(bench.refusal({ ...ada, email: 'bob@example.org', invitation: 'invitation' })).toBe('token.invalid');
});

test('an invitation ends when it expires or is revoked, and is for the address that it names', () => {
  const bench = withOwnerKey();
  const revoked = invite(bench, 'revoked');
  bench.take({ type: 'token.revoke', org: ORG, by: BY, token: revoked });
  expect(bench.refusal({ ...ada, invitation: 'revoked' })).toBe('token.invalid');
  expect(bench.refusal({ type: 'token.revoke', org: ORG, by: BY, token: revoked })).toBe('invitation.not_found');
  invite(bench, 'for bob', 'bob@example.org');
  expect(bench.refusal({ ...ada, invitation: 'for bob' })).toBe('request.invalid');
  bench.pass(DAY + HOUR);
  expect(bench.refusal({ ...ada, email: 'bob@example.org', invitation: 'for bob' })).toBe('token.invalid');
  expect(bench.state.tokens.size).toBe(0);
});

test('whoever registers with an organisation owns it, and neither name nor address is had twice', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme', name: 'Acme' } }).reply;
  expect(bench.state.members.get(`acme/${person}`)?.role).toBe('owner');
  expect(bench.refusal({ ...ada, newOrg: { id: 'other' } })).toBe('person.email_taken');
  expect(bench.refusal({ ...ada, email: 'bob@example.org', newOrg: { id: 'acme' } })).toBe('org.exists');
  bench.take({ type: 'org.create', org: 'second', by: BY, person });
  expect(bench.state.access.membershipsOf.of(person).map(({ org }) => org)).toEqual(['acme', 'second']);
});

test('an account joins further organisations by invitation, each once', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  invite(bench, 'one');
  expect(bench.take({ type: 'member.join', person, invitation: 'one' }).reply).toEqual({ org: ORG });
  invite(bench, 'two');
  expect(bench.refusal({ type: 'member.join', person, invitation: 'two' })).toBe('member.exists');
  const { session } = bench.take({ type: 'session.start', person, proof, ...from('s') }).reply;
  bench.take({ type: 'session.switch', session, org: ORG });
  expect(bench.state.access.sessions.get(session)?.org).toBe(ORG);
  expect(bench.refusal({ type: 'session.switch', session, org: 'elsewhere' })).toBe('org.not_found');
});

test('the last owner can neither be removed nor made something else, but for an owner key that lasts', () => {
  const bench = new Bench();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const on = { org: 'acme', by: `person:${person}`, person };
  expect(bench.refusal({ type: 'member.remove', ...on })).toBe('member.last_owner');
  expect(bench.refusal({ type: 'member.change', ...on, role: 'viewer' })).toBe('member.last_owner');
  const key = { org: 'acme', by: BY, role: 'owner' as const, name: 'k' };
  bench.take({ type: 'key.create', ...key, hash: 'limited', scopes: ['tasks:read'] });
  expect(bench.refusal({ type: 'member.remove', ...on })).toBe('member.last_owner');
  const { key: made } = bench.take({ type: 'key.create', ...key, hash: 'lasting' }).reply;
  bench.take({ type: 'member.remove', ...on });
  expect(bench.refusal({ type: 'key.revoke', org: 'acme', by: on.by, key: made })).toBe('key.last_owner');
});

test('what a member made goes with the membership, also by way of a key, and what a lower role could not have made with the role', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const made = { type: 'key.create', org: 'acme', name: 'k' } as const;
  bench.take({ ...made, by: 'test', role: 'owner', hash: 'theirs' });
  const { key } = bench.take({ ...made, by: `person:${person}`, role: 'admin', hash: 'admin' }).reply;
  bench.take({ ...made, by: `key:${key}`, role: 'viewer', hash: 'by key' });
  bench.take({ ...made, by: `person:${person}`, role: 'developer', hash: 'developer' });
  const live = () => [...bench.state.keys.values()].filter((one) => one.org === 'acme' && one.revokedAt === undefined);
  bench.take({ type: 'member.change', org: 'acme', by: BY, person, role: 'developer' });
  expect(live().map(({ hash }) => hash)).toEqual(['theirs', 'by key', 'developer']);
  bench.take({ type: 'member.remove', org: 'acme', by: BY, person });
  expect(live().map(({ hash }) => hash)).toEqual(['theirs']);
});

test('it still goes where a snapshot has the keys that were made before those that made them', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const made = { type: 'key.create', org: 'acme', name: 'k', role: 'owner' } as const;
  bench.take({ ...made, by: 'test', hash: 'theirs' });
  const { key: first } = bench.take({ ...made, by: `person:${person}`, hash: 'c' }).reply;
  const { key: second } = bench.take({ ...made, by: `key:${first}`, hash: 'b' }).reply;
  bench.take({ ...made, by: `key:${second}`, hash: 'a' });
  const keys = bench.state.access.keysOf.of('acme').map(({ hash }) => hash);
  bench.restart();
  expect(bench.state.access.keysOf.of('acme').map(({ hash }) => hash)).toEqual(keys);
  bench.take({ type: 'member.remove', org: 'acme', by: BY, person });
  const live = bench.state.access.keysOf.of('acme').filter(({ revokedAt }) => revokedAt === undefined);
  expect(live.map(({ hash }) => hash)).toEqual(['theirs']);
});

test('it goes also when the key between is long forgotten', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const made = { type: 'key.create', org: 'acme', name: 'k', role: 'owner' } as const;
  bench.take({ ...made, by: 'test', hash: 'theirs' });
  const { key } = bench.take({ ...made, by: `person:${person}`, hash: 'old' }).reply;
  bench.take({ type: 'key.rotate', org: 'acme', by: `key:${key}`, key, hash: 'new', hint: 'ac_n', overlapMs: 0 });
  bench.pass(91 * DAY);
  expect(bench.state.keys.has('old')).toBe(false);
  bench.take({ type: 'member.remove', org: 'acme', by: BY, person });
  expect(bench.state.keys.get('new')?.revokedAt).toBe(bench.now);
});

test('a higher role leaves the invitations that were made with the lower one', () => {
  const bench = withOwnerKey();
  invite(bench, 'ada');
  const { person } = bench.take({ ...ada, invitation: 'ada' }).reply;
  const on = { org: ORG, by: BY, person } as const;
  bench.take({ type: 'member.change', ...on, role: 'admin' });
  bench.take({ type: 'member.invite', org: ORG, by: `person:${person}`, hash: 'i', role: 'viewer', ttlMs: DAY });
  bench.take({ type: 'member.change', ...on, role: 'owner' });
  expect(bench.state.tokens.has('i')).toBe(true);
  bench.take({ type: 'member.change', ...on, role: 'admin' });
  expect(bench.state.tokens.has('i')).toBe(false);
});

test('an owner whose keys alone keep an organisation stays', () => {
  const bench = new Bench();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const key = { type: 'key.create', org: 'acme', by: `person:${person}`, role: 'owner', name: 'k', hash: 'k' } as const;
  bench.take(key);
  expect(bench.refusal({ type: 'member.remove', org: 'acme', by: BY, person })).toBe('member.last_owner');
});

test('invitations for people and machines go with whoever made them', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  bench.take({ type: 'key.create', org: 'acme', by: 'test', role: 'owner', name: 'k', hash: 'theirs' });
  const { key } = bench.take({
    type: 'key.create',
    org: 'acme',
    by: `person:${person}`,
    role: 'admin',
    name: 'k',
    hash: 'k',
  }).reply;
  const by = `key:${key}`;
  bench.take({ type: 'member.invite', org: 'acme', by: `person:${person}`, hash: 'i', role: 'owner', ttlMs: DAY });
  bench.take({ type: 'enrolment.create', org: 'acme', by, hash: 'e', uses: 1, ttlMs: DAY, capabilities: [] });
  bench.take({ type: 'member.remove', org: 'acme', by: BY, person });
  expect(bench.state.tokens.has('i')).toBe(false);
  expect(bench.state.enrolments.get('e')?.revokedAt).toBe(bench.now);
});

test('links that were made before end with the password', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const link = { type: 'token.create', org: 'acme', by: BY, ttlMs: DAY, person } as const;
  for (const [purpose, hash] of [
    ['sign_in', 's'],
    ['reset', 'r'],
    ['reset', 'q'],
  ] as const)
    bench.take({ ...link, purpose, hash });
  bench.take({ type: 'person.reset', token: 'r', passwordHash: 'new' });
  expect(bench.state.tokens.size).toBe(0);
});

test('a sign-in link is no member', () => {
  const bench = withOwnerKey();
  const token = { type: 'token.create', org: ORG, by: BY, ttlMs: DAY, purpose: 'sign_in', key: 'k' } as const;
  bench.take({ ...token, hash: 'one' });
  expect(usedOf(bench.state, ORG, 'members', bench.now)).toBe(0);
});

test('with a membership its sessions and links end', () => {
  const bench = withOwnerKey();
  invite(bench);
  const { person } = bench.take({ ...ada, invitation: 'invitation' }).reply;
  bench.take({ type: 'session.start', person, proof, ...from('s') });
  bench.take({ type: 'token.create', org: ORG, by: BY, hash: 'reset', ttlMs: DAY, purpose: 'reset', person });
  bench.take({ type: 'member.remove', org: ORG, by: BY, person });
  expect([bench.state.sessions.size, bench.state.tokens.size]).toEqual([0, 0]);
  expect(bench.refusal({ type: 'session.start', person, proof, ...from('t') })).toBe('member.none');
  expect(bench.refusal({ type: 'member.change', org: ORG, by: BY, person, role: 'admin' })).toBe('member.not_found');
});

test('a new password ends all sessions but the one that set it', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const { session } = bench.take({ type: 'session.start', person, proof, ...from('s') }).reply;
  bench.take({ type: 'session.start', person, proof, ...from('t') });
  bench.take({ type: 'person.set_password', person, passwordHash: 'q', keepSession: session });
  expect([...bench.state.sessions.keys()]).toEqual(['s']);
  const reset = { type: 'token.create', org: 'acme', by: BY, hash: 'r', ttlMs: DAY, purpose: 'reset', person } as const;
  bench.take(reset);
  bench.take({ type: 'person.reset', token: 'r', passwordHash: 'z' });
  expect([bench.state.sessions.size, bench.state.people.get(person)?.passwordHash]).toEqual([0, 'z']);
  expect(bench.refusal({ type: 'person.reset', token: 'r', passwordHash: 'z' })).toBe('token.invalid');
});

test('no organisation sets the password of somebody who also belongs to another', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const reset = { type: 'token.create', org: 'acme', by: BY, ttlMs: DAY, purpose: 'reset', person } as const;
  bench.take({ ...reset, hash: 'r1' });
  bench.take({ type: 'org.create', org: 'second', by: BY, person });
  expect(bench.refusal({ ...reset, hash: 'r2' })).toBe('member.elsewhere');
  expect(bench.refusal({ type: 'person.reset', token: 'r1', passwordHash: 'q' })).toBe('token.invalid');
});

test('a new password by link ends passkeys, which whoever had the account before may have added', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const passkey = { credential: 'c', publicKey: 'p', counter: 0, name: 'theirs' };
  bench.take({ type: 'passkey.add', person, ...passkey });
  bench.take({ type: 'token.create', org: 'acme', by: BY, ttlMs: DAY, purpose: 'reset', person, hash: 'r' });
  bench.take({ type: 'person.reset', token: 'r', passwordHash: 'z' });
  expect(bench.state.people.get(person)?.passkeys).toEqual([]);
  expect(bench.state.access.passkeys.size).toBe(0);
});

test('no organisation sets the password of somebody whom an identity provider knows', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const reset = { type: 'token.create', org: 'acme', by: BY, ttlMs: DAY, purpose: 'reset', person } as const;
  const known = { issuer: 'https://id.example', subject: 's', email: 'ada@example.org', name: 'Ada' };
  bench.take({ type: 'person.identify', org: 'acme', ...known });
  expect(bench.refusal({ ...reset, hash: 'r' })).toBe('member.linked');
});

test('whoever reads the mail of an account sets its password, in whatever organisations it is', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  bench.take({ type: 'org.create', org: 'second', by: BY, person });
  bench.take({ type: 'session.start', person, proof, ...from('s') });
  const asked = bench.take({ type: 'person.ask_reset', person, hash: 'r', ttlMs: HOUR }).reply;
  expect(asked).toEqual({ org: 'acme', expiresAt: bench.now + HOUR });
  bench.take({ type: 'person.reset', token: 'r', passwordHash: 'z' });
  expect([bench.state.sessions.size, bench.state.people.get(person)?.passwordHash]).toEqual([0, 'z']);
  expect(bench.refusal({ type: 'person.reset', token: 'r', passwordHash: 'q' })).toBe('token.invalid');
});

test('a mailed link lasts as long as it was to, and ends the one mailed before, but none that an owner gave', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const reset = { type: 'token.create', org: 'acme', by: BY, ttlMs: DAY, purpose: 'reset', person } as const;
  bench.take({ ...reset, hash: 'given' });
  for (const hash of ['first', 'second']) bench.take({ type: 'person.ask_reset', person, hash, ttlMs: HOUR });
  expect([...bench.state.tokens.keys()]).toEqual(['given', 'second']);
  bench.pass(HOUR);
  expect(bench.refusal({ type: 'person.reset', token: 'second', passwordHash: 'z' })).toBe('token.invalid');
  bench.take({ type: 'person.reset', token: 'given', passwordHash: 'z' });
  expect(bench.state.tokens.size).toBe(0);
});

test('no link is mailed to whom an identity provider knows, nor to a member of nothing, and one mailed before ends', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const ask = { type: 'person.ask_reset', person, ttlMs: HOUR } as const;
  bench.take({ ...ask, hash: 'before' });
  const known = { issuer: 'https://id.example', subject: 's', email: 'ada@example.org', name: 'Ada' };
  bench.take({ type: 'person.identify', org: 'acme', ...known });
  expect(bench.refusal({ ...ask, hash: 'r' })).toBe('member.linked');
  expect(bench.refusal({ type: 'person.reset', token: 'before', passwordHash: 'z' })).toBe('token.invalid');
  expect(bench.refusal({ ...ask, person: 'nobody', hash: 'r' })).toBe('person.not_found');
  invite(bench);
  const bob = { ...ada, email: 'bob@example.org', invitation: 'invitation' };
  const { person: left } = bench.take(bob).reply;
  bench.take({ type: 'member.remove', org: ORG, by: BY, person: left });
  expect(bench.refusal({ ...ask, person: left, hash: 'r' })).toBe('member.none');
});

test('an organisation ends the sessions of a member that are in it, or one of them', () => {
  const bench = withOwnerKey();
  invite(bench);
  const { person } = bench.take({ ...ada, invitation: 'invitation' }).reply;
  bench.take({ type: 'org.create', org: 'own', by: BY, person });
  const start = (hash: string) => bench.take({ type: 'session.start', person, proof, ...from(hash) }).reply.session;
  const [first, , elsewhere] = [start('a'), start('b'), start('c'), start('d')] as const;
  bench.take({ type: 'session.switch', session: elsewhere, org: 'own' });
  const end = { type: 'member.end_sessions', org: ORG, by: BY, person } as const;
  bench.take({ ...end, session: first });
  expect([...bench.state.sessions.keys()]).toEqual(['b', 'c', 'd']);
  expect(bench.refusal({ ...end, session: elsewhere })).toBe('session.not_found');
  bench.take(end);
  expect([...bench.state.sessions.keys()]).toEqual(['c']);
  expect(bench.refusal({ ...end, org: 'elsewhere' })).toBe('member.not_found');
});

test('a session ends when it is not used, when it has lasted long enough, and with its key', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  const start = (hash: string) => bench.take({ type: 'session.start', person, proof, ...from(hash) }).reply.session;
  start('idle');
  const used = start('used');
  for (let half = 1; half <= 48; half++) {
    bench.pass(HOUR / 2);
    expect(bench.state.sessions.has('idle'), String(half)).toBe(half < 2);
    expect(bench.state.sessions.has('used'), String(half)).toBe(half < 48);
    bench.take({ type: 'credentials.note', keys: [], sessions: [[used, bench.now]] });
  }
  const owner = bench.state.keys.get('owner')?.id ?? '';
  bench.take({ type: 'key.ensure', org: ORG, role: 'owner', name: 'second', hash: 'second' });
  const link = { org: ORG, by: BY, hash: 'link', ttlMs: DAY, purpose: 'sign_in' as const, key: owner };
  bench.take({ type: 'token.create', ...link });
  bench.take({ type: 'session.start', token: 'link', ...from('by key') });
  bench.take({ type: 'key.revoke', org: ORG, by: BY, key: owner });
  expect(bench.state.sessions.size).toBe(0);
});

test('one person has twenty sessions, and the one that was not used for longest gives way', () => {
  const bench = withOwnerKey();
  const { person } = bench.take({ ...ada, newOrg: { id: 'acme' } }).reply;
  for (let i = 0; i <= 20; i++) {
    bench.take({ type: 'session.start', person, proof, ...from(`s${i}`) });
    bench.wait(1_000);
  }
  expect(bench.state.sessions.size).toBe(20);
  expect(bench.state.sessions.has('s0')).toBe(false);
});
