// Cases of the rules about the hub itself.

import type { RequestCounts } from '../figures.js';
import { DAY, HOUR, MINUTE, ORG, type TestHub, testRules, times } from './fixture.js';

const SECOND = 1_000;
const GIB = 1024 ** 3;

/** So long ago, and a moment longer for the case past it. */
function ago(hub: TestHub, ms: number): number {
  return hub.bench.now - ms;
}

function requests(hub: TestHub, counts: Partial<RequestCounts>): void {
  const all = { all: 1000, failed: 0, busy: 0, ...counts };
  hub.measured({ requests: { hour: all, fiveMinutes: all } });
}

function disk(hub: TestHub, freeBytes: number, lostPerSecond?: number): void {
  hub.measured({ disk: { directory: '/data', freeBytes, lowBytes: GIB, lostPerSecond } });
}

function channel(hub: TestHub, failures: number): void {
  const one = { org: ORG, id: 'ch-1', name: 'phones', since: ago(hub, MINUTE), error: 'answered 500' };
  hub.measured({ channels: [{ ...one, failures }] });
}

function throttled(hub: TestHub, minutes: number): void {
  hub.bench.join('a');
  const subject = { kind: 'agent', id: 'a', name: 'a' } as const;
  hub.measured({ throttled: [{ org: ORG, subject, minutes }] });
}

const nothing = (): readonly string[] => [];

testRules({
  JournalUnwritable: {
    before: (hub) => hub.measured({ unacknowledgedSince: ago(hub, 9 * SECOND), appendFailure: 'no space left' }),
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'page',
    subjects: nothing,
    why: /acknowledged nothing for 11 s .* 1 s past the limit of 10 s\. The last append failed: no space left/,
  },
  NoLeader: {
    before: (hub) => hub.measured({ leaderlessSince: ago(hub, 19 * SECOND) }),
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'page',
    subjects: nothing,
    why: /No hub has led for 21 s .* 1 s past the limit of 20 s/,
  },
  JournalRefused: {
    before: () => undefined,
    past: (hub) => hub.measured({ journalRefused: 'batch 7 is damaged' }),
    severity: 'page',
    subjects: nothing,
    why: /failed a check, and the hub stops: batch 7 is damaged/,
  },
  LeaderChanges: {
    before: (hub) => {
      // The first leader has followed nobody.
      times(3, (i) => hub.elect(i + 1));
    },
    past: (hub) => hub.elect(4),
    severity: 'warn',
    subjects: nothing,
    why: /The leader changed or started again 3 times in 15 min \(limit 3\)/,
  },
  CommitSlow: {
    before: (hub) => hub.measured({ commitP99Ms: 100 }),
    past: (hub) => hub.measured({ commitP99Ms: 130 }),
    severity: 'warn',
    subjects: nothing,
    why: /takes 130 ms or longer, and the limit is 100 ms/,
  },
  DiskLow: {
    before: (hub) => disk(hub, 2 * GIB),
    past: (hub) => disk(hub, 1.5 * GIB),
    severity: 'warn',
    subjects: nothing,
    why: /1\.5 GiB are free on the disk with the hub's data \(\/data\), and the limit is 2 GiB\. Under 1 GiB the hub takes no new tasks/,
  },
  DiskWillFill: {
    before: (hub) => disk(hub, 11 * GIB, (10 * GIB) / 86_500),
    past: (hub) => disk(hub, 11 * GIB, (10 * GIB) / 80_000),
    severity: 'warn',
    subjects: nothing,
    why: /11 GiB are free .* 461 MiB less each hour: in 22 h 13 min the hub takes no new tasks \(limit 1 d\)/,
  },
  StreamNearlyFull: {
    before: (hub) =>
      hub.measured({
        streams: [
          { name: 'JOURNAL', bytes: 5000 },
          { name: 'OUTPUT', bytes: 900, bytesMax: 1000 },
        ],
      }),
    past: (hub) => hub.measured({ streams: [{ name: 'OUTPUT', bytes: 905, bytesMax: 1000 }] }),
    severity: 'warn',
    subjects: () => ['OUTPUT'],
    why: /The stream OUTPUT holds 905 B of 1000 B: 90\.5 % \(limit 90 %\)/,
  },
  SnapshotOld: {
    before: (hub) => hub.measured({ snapshot: { takenAt: ago(hub, 3 * HOUR), everyMs: HOUR } }),
    past: (hub) => hub.bench.wait(SECOND),
    severity: 'warn',
    subjects: nothing,
    why: /There has been no new snapshot for 3 h \(since .*\), 1 s past the limit of 3 h/,
  },
  BackupOld: {
    before: (hub) => hub.measured({ backups: { since: 0, newestAt: ago(hub, 26 * HOUR - SECOND) } }),
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'warn',
    subjects: nothing,
    why: /There has been no new backup for 1 d 2 h \(since .*\), 1 s past the limit of 1 d 2 h/,
  },
  BackupUnverified: {
    before: (hub) => hub.measured({ backups: { since: 0, provedAt: ago(hub, 7 * DAY - SECOND) } }),
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'warn',
    subjects: nothing,
    why: /No backup has been proved by a replay for 7 d .* 1 s past the limit of 7 d/,
  },
  ReplicaLag: {
    before: (hub) => hub.measured({ replicas: [{ name: 'hub-b', behindMs: 5_000 }] }),
    past: (hub) => hub.measured({ replicas: [{ name: 'hub-b', behindMs: 6_000 }] }),
    severity: 'warn',
    subjects: () => ['hub-b'],
    why: /hub-b is 6 s behind \(limit 5 s\)/,
  },
  DurabilityUnknown: {
    before: (hub) => hub.measured({ fsync: 'always' }),
    past: (hub) => hub.measured({ fsync: 'unknown' }),
    severity: 'warn',
    subjects: nothing,
    why: /does not say whether it syncs to disk/,
  },
  HubBusy: {
    before: (hub) => requests(hub, { busy: 10 }),
    past: (hub) => requests(hub, { busy: 11 }),
    severity: 'warn',
    subjects: nothing,
    why: /11 of 1000 requests in the last 5 min were told to retry .* 1\.1 % \(limit 1 %\)/,
  },
  EventLoopSlow: {
    before: (hub) => hub.measured({ eventLoopP99Ms: 200 }),
    past: (hub) => hub.measured({ eventLoopP99Ms: 201 }),
    severity: 'warn',
    subjects: nothing,
    why: /takes 201 ms or longer, and the limit is 200 ms/,
  },
  MemoryHigh: {
    before: (hub) => hub.measured({ heap: { usedBytes: 850, limitBytes: 1000 } }),
    past: (hub) => hub.measured({ heap: { usedBytes: 860, limitBytes: 1000 } }),
    severity: 'warn',
    subjects: nothing,
    why: /holds 860 B of 1000 B: 86 % \(limit 85 %\)/,
  },
  ApiErrors: {
    before: (hub) => requests(hub, { failed: 5 }),
    past: (hub) => requests(hub, { failed: 6 }),
    severity: 'warn',
    subjects: nothing,
    count: 6,
    why: /failed to answer 6 of 1000 requests in the last hour and 6 of 1000 in the last 5 min: 0\.6 % \(limit 0\.6 %\)/,
  },
  AuthFailures: {
    before: (hub) => hub.measured({ refusedKeys: [{ address: '203.0.113.7', count: 20 }] }),
    past: (hub) => hub.measured({ refusedKeys: [{ address: '203.0.113.7', count: 21 }] }),
    severity: 'warn',
    subjects: () => ['203.0.113.7'],
    why: /21 keys from 203\.0\.113\.7 were refused in 5 min \(limit 20\)/,
  },
  Throttled: {
    before: (hub) => throttled(hub, 9),
    past: (hub) => {
      const [one] = hub.figures.throttled;
      if (one !== undefined) hub.measured({ throttled: [{ ...one, minutes: 10 }] });
    },
    severity: 'info',
    subjects: () => ['a'],
    why: /a met a limit in 10 of the last 15 min \(limit 10\)/,
  },
  ExpiresSoon: {
    before: (hub) => hub.measured({ certificateEndsAt: hub.bench.now + 21 * DAY + SECOND }),
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'info',
    subjects: nothing,
    count: 1,
    why: /The hub's certificate ends in 20 d 23 h, at /,
  },
  AlertingBlind: {
    before: (hub) => hub.measured({ evaluatedAt: ago(hub, 59 * SECOND) }),
    past: (hub) => hub.bench.wait(2 * SECOND),
    severity: 'page',
    subjects: nothing,
    why: /not been evaluated for 1 min 1 s .* 1 s past the limit of 1 min/,
  },
  ChannelFailing: {
    before: (hub) => {
      hub.bench.join('a');
      channel(hub, 2);
    },
    past: (hub) => channel(hub, 3),
    severity: 'warn',
    subjects: () => ['ch-1'],
    why: /3 sends through the channel phones failed in a row \(limit 3\), since .* UTC\. Lately: answered 500\./,
  },
  Watchdog: {
    before: (hub) =>
      void hub.bench.take({
        type: 'config.patch',
        patch: { alerts: { rules: { Watchdog: { enabled: false } } } },
        by: 'owner',
      }),
    past: (hub) =>
      void hub.bench.take({
        type: 'config.patch',
        patch: { alerts: { rules: { Watchdog: { enabled: null } } } },
        by: 'owner',
      }),
    severity: 'info',
    subjects: nothing,
    why: /Alerting works/,
  },
});
