// What organisations use, and where their quotas end.

import { expect, test } from 'vitest';
import { Bench, fromSnapshot, HOUR, ORG } from '../fixture.js';
import type { Quotas } from './access.js';
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
    message: `${ORG} has 2 tasks that wait, and its quota is 2; whoever runs the hub can raise quotas.queuedTasks`,
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
