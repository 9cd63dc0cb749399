import { describe, expect, test } from 'vitest';
import { SHIP_NAMES } from '../agent/agent-names.js';
import type { CommandOf } from '../commands.js';
import { Bench, HOUR, ORG } from '../fixture.js';
import { Refusal } from '../refusal.js';

function invite(bench: Bench, uses = 1, capabilities: readonly string[] = []): void {
  bench.take({ type: 'enrolment.create', org: ORG, by: 'owner', hash: 'token', uses, ttlMs: HOUR, capabilities });
}

const enrol = (fields: Partial<CommandOf<'enrol'>> = {}): CommandOf<'enrol'> => ({
  type: 'enrol',
  tokenHash: 'token',
  keyHash: 'key',
  capabilities: [],
  host: 'host',
  os: 'linux',
  ...fields,
});

describe('enrolling', () => {
  test('makes an agent and its key, with what the invitation grants', () => {
    const bench = new Bench();
    invite(bench, 1, ['gpu', 'git']);
    expect(bench.take(enrol({ name: 'a', capabilities: ['node', 'git'] })).reply).toEqual({ agent: 'a', org: ORG });
    expect(bench.agent('a').capabilities).toEqual(['git', 'gpu', 'node']);
    expect(bench.state.keys.get('key')).toMatchObject({ role: 'agent', agent: 'a', org: ORG });
  });

  test('again with the same key, because the answer was lost, gives the same agent and uses nothing', () => {
    const bench = new Bench();
    invite(bench);
    const first = bench.take(enrol()).reply;
    const before = bench.dump();
    expect(bench.take(enrol()).reply).toEqual(first);
    expect(bench.dump()).toEqual(before);
    bench.pass(20 * HOUR);
    expect(bench.take(enrol()).reply).toEqual(first);
  });

  test('ends when the token is used up, expired or unknown', () => {
    const bench = new Bench();
    expect(bench.refusal(enrol())).toBe('enrolment.invalid');
    invite(bench, 2);
    bench.take(enrol({ keyHash: 'key 1' }));
    bench.take(enrol({ keyHash: 'key 2' }));
    expect(bench.refusal(enrol({ keyHash: 'key 3' }))).toBe('enrolment.invalid');

    const late = new Bench();
    invite(late);
    late.wait(HOUR);
    expect(late.refusal(enrol())).toBe('enrolment.invalid');
  });

  test('is forgotten a day after its token expired', () => {
    const bench = new Bench();
    invite(bench);
    bench.pass(24 * HOUR);
    expect(bench.state.enrolments.size).toBe(1);
    bench.pass(2 * HOUR);
    expect(bench.state.enrolments.size).toBe(0);
  });

  test('ends when the token is revoked, by its organisation alone', () => {
    const bench = new Bench();
    invite(bench, 2);
    bench.take(enrol({ keyHash: 'key 1' }));
    const [enrolment] = bench.state.access.enrolmentsOf.of(ORG);
    const revoke = { type: 'enrolment.revoke', by: 'owner', enrolment: enrolment?.id ?? '' } as const;
    expect(bench.refusal({ ...revoke, org: 'other' })).toBe('enrolment.not_found');
    bench.take({ ...revoke, org: ORG });
    expect(bench.refusal(enrol({ keyHash: 'key 2' }))).toBe('enrolment.invalid');
    // A lost answer is still asked for again.
    bench.take(enrol({ keyHash: 'key 1' }));
    expect(bench.refusal({ ...revoke, org: ORG })).toBe('enrolment.not_found');
  });

  test('refuses a taken name and a key that belongs to somebody else', () => {
    const bench = new Bench();
    invite(bench, 3);
    bench.take(enrol({ name: 'a' }));
    const refused = bench.decide(enrol({ name: 'a', keyHash: 'key 2' }));
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({ code: 'agent.name_taken', details: [{ path: '/name' }] });
    bench.take({ type: 'key.ensure', org: ORG, role: 'owner', name: 'owner', hash: 'owner key' });
    expect(bench.refusal(enrol({ keyHash: 'owner key' }))).toBe('request.invalid');
  });

  test('makes names up, each once', () => {
    const bench = new Bench();
    bench.chance = 0;
    invite(bench, 3);
    const names = ['k1', 'k2', 'k3'].map((keyHash) => bench.take(enrol({ keyHash })).reply.agent);
    expect(names).toEqual(SHIP_NAMES.slice(0, 3));
  });

  test('with the key of a removed agent does not bring it back', () => {
    const bench = new Bench();
    invite(bench);
    bench.take(enrol({ name: 'a' }));
    bench.take({ type: 'agent.remove', org: ORG, agent: 'a' });
    expect(bench.refusal(enrol({ name: 'a' }))).toBe('enrolment.invalid');
  });
});

test('an organisation and a key that are there already are left alone', () => {
  const bench = new Bench();
  const key = { type: 'key.ensure' as const, org: ORG, role: 'owner' as const, name: 'owner', hash: 'hash' };
  bench.take({ type: 'org.ensure', org: ORG });
  bench.take(key);
  const before = bench.dump();
  expect(bench.take({ type: 'org.ensure', org: ORG }).events).toEqual([]);
  expect(bench.take({ ...key, role: 'submitter' }).events).toEqual([]);
  expect(bench.dump()).toEqual(before);
});
