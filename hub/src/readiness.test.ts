import { describe, expect, it } from 'vitest';
import { becauseNotWritable, draining, recovering } from './coordinator/refusals.js';
import { Readiness, type ReadinessParts } from './readiness.js';

const MIB = 1024 ** 2;

function readiness(changes: Partial<ReadinessParts>): Readiness {
  return new Readiness({
    shutdown: { begun: false },
    nats: { isConnected: true, fsync: 'always' },
    disk: { low: false, freeBytes: 9_000 * MIB },
    runner: { phase: 'leading', lagMs: 0, appends: { failure: undefined } },
    installation: { isDone: true, secretFault: undefined },
    certificate: undefined,
    now: () => 0,
    ...changes,
  });
}

describe('a hub whose disk fills up', () => {
  const words = "the disk with the hub's data is nearly full (12 MiB free); no new tasks are accepted";
  const disk = { low: true, freeBytes: 12.9 * MIB };

  it('says the same to submitters and to probes while it still works', () => {
    const low = readiness({ disk });
    expect(low.refuseSubmission()).toMatchObject({ code: 'hub.low_disk', message: words });
    expect(low.blocking()).toEqual([]);
    expect(low.degraded()).toEqual([{ code: 'low_disk', message: words }]);
  });

  it('names that cause beside what it led to', () => {
    const stuck = readiness({
      disk,
      runner: { phase: 'recovering', lagMs: 0, appends: { failure: 'no space' } },
      installation: { isDone: false, secretFault: undefined },
    });
    expect(stuck.blocking()).toEqual([
      { code: 'journal_not_writable', message: 'the journal cannot be written: no space' },
      { code: 'low_disk', message: words },
    ]);
  });

  it('names one cause once the journal cannot be written for it', () => {
    const appendFailure = 'write /data/msgs/1.blk: no space left on device';
    const full = readiness({
      disk,
      runner: { phase: 'recovering', lagMs: 0, appends: { failure: appendFailure } },
      installation: { isDone: false, secretFault: undefined },
    });
    const message = "the disk with the hub's data is full: the journal cannot be written";
    expect(full.blocking()).toEqual([{ code: 'low_disk', message }]);
    expect(becauseNotWritable(recovering(), appendFailure)).toMatchObject({ code: 'hub.low_disk', message });
    expect(becauseNotWritable(recovering(), 'file too large')).toMatchObject({
      code: 'hub.recovering',
      message: 'the journal cannot be written: file too large; nothing was changed, retry',
    });
    expect(becauseNotWritable(draining(), appendFailure)).toMatchObject({ code: 'hub.draining' });
  });

  it('is no reason for a hub with room', () => {
    expect(readiness({}).degraded()).toEqual([]);
    expect(readiness({}).refuseSubmission()).toBeNull();
  });
});

it.each([
  [30, []],
  [6, ["the hub's TLS certificate expires on 1970-01-07; renew it"]],
  [-1, ["the hub's TLS certificate expired on 1969-12-31; renew it"]],
])('a certificate that ends in %i days is told of: %j', (days, messages) => {
  const certificate = { expiresAt: days * 24 * 3_600_000 };
  expect(
    readiness({ certificate })
      .degraded()
      .map(({ message }) => message),
  ).toEqual(messages);
});

it('a hub that follows takes no requests, but does its part as long as it keeps up', () => {
  const following = (lagMs: number, changes: Partial<ReadinessParts> = {}) =>
    readiness({
      runner: { phase: 'following', lagMs, appends: { failure: undefined } },
      installation: { isDone: false, secretFault: 'no key' },
      ...changes,
    });
  const codes = (of: Readiness, role: 'leader' | 'any') => of.blocking(role).map(({ code }) => code);
  expect(codes(following(8_000), 'leader')).toEqual(['not_leader', 'secret_unreadable']);
  expect(codes(following(8_000), 'any')).toEqual([]);
  expect(following(12_400).blocking('any')).toEqual([
    { code: 'behind', message: 'the newest that this hub knows of the journal is 12 s old' },
  ]);
  const disconnected = { isConnected: false, fsync: 'always' } as const;
  expect(codes(following(0, { nats: disconnected }), 'any')).toEqual(['nats_down']);
  expect(codes(following(0, { shutdown: { begun: true } }), 'any')).toEqual(['draining']);
  const reading = { runner: { phase: 'recovering', lagMs: 0, appends: { failure: undefined } } } as const;
  expect(codes(following(0, reading), 'any')).toEqual(['recovering']);
});

it('a nats-server that keeps ending is told of, whether it is there right now or not', () => {
  const nats = { isConnected: true, fsync: 'always' as const, endings: { times: 1, how: 'code 1' } };
  expect(readiness({ nats }).degraded()).toEqual([]);
  const often = { ...nats, endings: { times: 3, how: 'code 1' } };
  const reason = {
    code: 'nats_unstable',
    message: "nats-server ended 3 times within 15 min, last with code 1; read why in the hub's log",
  };
  expect(readiness({ nats: often }).degraded()).toEqual([reason]);
  expect(readiness({ nats: { ...often, isConnected: false } }).blocking('leader')).toContainEqual(reason);
});
