// What organisations use, and where their quotas end.

import { expect, test } from 'vitest';
import { Bench, fromSnapshot, HOUR, ORG } from '../fixture.js';
import type { Quotas } from './access.js';
import { ENROLMENTS_MAX } from './enrolments.js';
import { usedOf } from './usage.js';

const BY = 'key:owner';

function withQuotas(quotas: Quotas): Bench {
  const bench = new Bench();
  bench.take({ type: 'org.ensure', org: ORG });
  bench.take({ type: 'org.set_quotas', org: ORG, by: BY, quotas });
  return bench;
}

const spec = { title: 't', prompt: 'p', lane: 'normal' as const, needs: ['nobody'] };
const submit = { type: 'task.submit', org: ORG, by: BY, spec } as const;

test('a task beyond the quota of those that wait is refused, with the numbers, until one is gone', () => {
  const bench = withQuotas({ queuedTasks: 2 });
  const { task } = bench.take(submit).reply;
  bench.take(submit);
  expect(bench.decide(submit)).toMatchObject({
    code: 'quota.exceeded',
    message: `${ORG} has 2 of 2 tasks that wait; whoever runs the hub can raise quotas.queuedTasks`,
  });
  bench.take({ type: 'task.cancel', org: ORG, task, by: BY, reason: 'r' });
  bench.take(submit);
  expect(bench.refusal({ ...submit, org: 'other' })).toBeUndefined();
});

test('tasks of a day count to midnight UTC, also those that have ended, and over a restart', () => {
  const bench = withQuotas({ tasksPerDay: 2 });
  for (let i = 0; i < 2; i++) {
    const { task } = bench.take(submit).reply;
    bench.take({ type: 'task.cancel', org: ORG, task, by: BY, reason: 'r' });
  }
  expect(bench.refusal(submit)).toBe('quota.exceeded');
  expect(usedOf(fromSnapshot(bench.state), ORG, 'tasksPerDay', bench.now)).toBe(2);
  bench.wait(24 * HOUR);
  bench.take(submit);
  expect([...(bench.state.usage.get(ORG)?.values() ?? [])]).toEqual([
    { submitted: 2, completed: 0 },
    { submitted: 1, completed: 0 },
  ]);
});

test('what attempts cost counts by day and month in UTC, once however often it is said, and over a restart', () => {
  const bench = withQuotas({ costMicrosPerDay: 2_000_000, costMicrosPerMonth: 5_000_000 });
  bench.join('a');
  const work = (costs: readonly number[]) => {
    const task = bench.submit();
    bench.accept(task);
    for (const costMicros of costs) {
      bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), usage: { costMicros } });
    }
    bench.complete(task);
  };
  const used = () => {
    const state = fromSnapshot(bench.state);
    return [usedOf(state, ORG, 'costMicrosPerDay', bench.now), usedOf(state, ORG, 'costMicrosPerMonth', bench.now)];
  };
  work([900_000, 1_500_000, 1_000_000]);
  expect(used()).toEqual([1_500_000, 1_500_000]);
  work([700_000]);
  expect(bench.decide(submit)).toMatchObject({
    message: `${ORG} has 2.20 of 2.00 spent today; whoever runs the hub can raise quotas.costMicrosPerDay`,
  });
  bench.now = Date.UTC(2027, 0, 31, 23);
  bench.take({ type: 'org.set_quotas', org: ORG, by: BY, quotas: { costMicrosPerDay: null } });
  work([5_000_000]);
  expect(used()).toEqual([5_000_000, 5_000_000]);
  expect(bench.decide(submit)).toMatchObject({ message: expect.stringContaining('5.00 of 5.00 spent this month') });
  bench.wait(HOUR);
  expect(used()).toEqual([0, 0]);
  bench.take(submit);
});

test('the texts of tasks count until these are archived, wherever they are stored', () => {
  const bench = withQuotas({ storedBytes: 1_009 });
  bench.join('a');
  const used = () => usedOf(bench.state, ORG, 'storedBytes', bench.now);
  const task = bench.submit({ prompt: 'häh', data: { ref: 'r', bytes: 1_000 } });
  expect(used()).toBe(1_004);
  bench.accept(task);
  bench.complete(task);
  expect(used()).toBe(1_008);
  const { task: other } = bench.take(submit).reply;
  expect(bench.decide(submit)).toMatchObject({ message: expect.stringContaining('1009 of 1009 bytes of tasks') });
  expect(usedOf(fromSnapshot(bench.state), ORG, 'storedBytes', bench.now)).toBe(1_009);
  bench.archive(task);
  expect(used()).toBe(1);
  bench.take({ type: 'task.cancel', org: ORG, task: other, by: BY, reason: 'r' });
  bench.archive(other);
  expect(bench.state.storedBytes.size).toBe(0);
});

test('days are forgotten after a hundred', () => {
  const bench = new Bench();
  for (let day = 0; day < 120; day++) {
    bench.take(submit);
    bench.wait(24 * HOUR);
  }
  expect(bench.state.usage.get(ORG)?.size).toBe(100);
});

test('members, agents and keys have quotas, which a repeated request does not use', () => {
  const bench = withQuotas({ members: 1, agents: 1, keys: 1 });
  const invite = { type: 'member.invite', org: ORG, by: BY, role: 'viewer', ttlMs: HOUR } as const;
  bench.take({ ...invite, hash: 'a' });
  expect(bench.refusal({ ...invite, hash: 'b' })).toBe('quota.exceeded');
  bench.take({ type: 'person.register', email: 'a@b', name: 'A', invitation: 'a' });

  bench.take({ type: 'enrolment.create', org: ORG, by: BY, hash: 't', uses: 3, ttlMs: HOUR, capabilities: [] });
  const enrol = { type: 'enrol', tokenHash: 't', capabilities: [], host: 'h', os: 'linux' } as const;
  bench.take({ ...enrol, keyHash: 'one' });
  expect(bench.refusal({ ...enrol, keyHash: 'two' })).toBe('quota.exceeded');
  bench.take({ ...enrol, keyHash: 'one' });

  const key = { type: 'key.create', org: ORG, by: BY, role: 'viewer', name: 'k' } as const;
  const { key: made } = bench.take({ ...key, hash: 'k1' }).reply;
  expect(bench.refusal({ ...key, hash: 'k2' })).toBe('quota.exceeded');
  bench.take({ type: 'key.rotate', org: ORG, by: BY, key: made, hash: 'k3', hint: 'h', overlapMs: HOUR });
});

test('a quota that is given back is that of the config again', () => {
  const bench = withQuotas({ queuedTasks: 1, keys: 5 });
  bench.take({ type: 'org.set_quotas', org: ORG, by: BY, quotas: { queuedTasks: null } });
  expect(bench.state.orgs.get(ORG)?.quotas).toEqual({ keys: 5 });
  expect(bench.refusal({ type: 'org.set_quotas', org: 'nowhere', by: BY, quotas: {} })).toBe('org.not_found');
});

test('invitations of machines are bounded too, until they expire, and those of others are not in the way', () => {
  const bench = new Bench();
  const invite = (i: number, org = ORG) =>
    ({ type: 'enrolment.create', org, by: BY, hash: `${org}${i}`, uses: 1, ttlMs: HOUR, capabilities: [] }) as const;
  for (let i = 0; i < ENROLMENTS_MAX; i++) bench.take(invite(i));
  expect(bench.refusal(invite(ENROLMENTS_MAX))).toBe('quota.exceeded');
  expect(bench.refusal(invite(0, 'other'))).toBeUndefined();
});
