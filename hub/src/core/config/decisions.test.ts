// The config: what changes it, what must not, and what counts of it.

import { configWith } from '@agentcom/schemas';
import { describe, expect, test } from 'vitest';
import { Bench, dumpOf, SECOND } from '../fixture.js';
import { Refusal } from '../refusal.js';
import type { SnapshotRecord } from '../snapshot.js';
import { StateLoader } from '../snapshot.js';

const by = 'owner';

describe('a change of the config', () => {
  test('merges, gives a default back for null, and counts versions', () => {
    const bench = new Bench();
    bench.take({ type: 'config.patch', patch: { tasks: { maxOffers: 2, maxAttempts: 7 } }, by });
    bench.take({ type: 'config.patch', patch: { tasks: { maxOffers: null }, limits: { messages: { burst: 5 } } }, by });
    expect(bench.state.config).toEqual({
      version: 2,
      overrides: { tasks: { maxAttempts: 7 }, limits: { messages: { burst: 5 } } },
      values: configWith({ tasks: { maxAttempts: 7 }, limits: { messages: { burst: 5 } } }),
    });
    bench.take({
      type: 'config.patch',
      patch: { tasks: { maxAttempts: null }, limits: { messages: { burst: null } } },
      by,
    });
    expect(bench.state.config).toEqual({ version: 3, overrides: {}, values: configWith({}) });
  });

  test('that changes nothing makes no event and no version', () => {
    const bench = new Bench();
    bench.take({ type: 'config.patch', patch: { tasks: { maxOffers: 2 } }, by });
    const again = bench.take({ type: 'config.patch', patch: { tasks: { maxOffers: 2, maxAttempts: null } }, by });
    expect(again).toMatchObject({ events: [], reply: { version: 1 } });
  });

  test('is refused when the config is not at the version that it is meant for', () => {
    const bench = new Bench();
    const patch = { tasks: { maxOffers: 2 } };
    bench.take({ type: 'config.patch', patch, ifVersion: 0, by });
    expect(bench.refusal({ type: 'config.patch', patch: {}, ifVersion: 0, by })).toBe('config.version_conflict');
    expect(bench.refusal({ type: 'config.patch', patch: {}, ifVersion: 1, by })).toBeUndefined();
  });

  test('is refused when two values would contradict each other, and the field is named', () => {
    const bench = new Bench();
    const refused = bench.decide({ type: 'config.patch', patch: { tasks: { retryCapSeconds: 4 } }, by });
    expect(refused).toBeInstanceOf(Refusal);
    expect(refused).toMatchObject({
      code: 'request.invalid',
      details: [{ path: '/tasks/retryBaseSeconds', message: 'must be at most tasks.retryCapSeconds, which is 4' }],
    });
  });

  test('counts for the next decision, and not for what was decided before', () => {
    const bench = new Bench();
    for (const name of ['a', 'b']) bench.join(name);
    const before = bench.submit();
    bench.take({ type: 'config.patch', patch: { tasks: { acceptTimeoutSeconds: 10 } }, by });
    const after = bench.submit();
    bench.pass(11 * SECOND);
    expect([bench.task(before).state, bench.task(after).state]).toEqual(['assigned', 'queued']);
  });

  test('comes back with a replay and with a snapshot', () => {
    const bench = new Bench();
    bench.take({ type: 'config.patch', patch: { retention: { finishedTasks: 3 } }, by });
    expect(bench.replay().config).toEqual(bench.state.config);
    const loader = new StateLoader();
    for (const line of dumpOf(bench.state)) loader.add(JSON.parse(line) as SnapshotRecord);
    expect(loader.finish().config).toEqual(bench.state.config);
  });
});
