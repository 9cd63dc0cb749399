// Rules about the hub itself: its journal, its process, its interface and its alerting.

import { type AlertRule, percent, SECONDS, seconds, threshold } from './rule.js';

const { minute, hour, day } = SECONDS;

export const JOURNAL_RULES = {
  JournalUnwritable: {
    severity: 'page',
    forSeconds: 0,
    keepFiringForSeconds: minute,
    thresholds: {
      unacknowledgedSeconds: seconds(
        'The journal has acknowledged nothing for this long while something waits.',
        10,
        hour,
      ),
    },
    mutedBy: [],
    meaning: 'The hub cannot write its journal: it takes no tasks and confirms no results until it can.',
    next: 'Look at disk space and at nats-server, whose lines are in the log of the hub (`component` `nats`): `agentcom doctor`.',
  },
  NoLeader: {
    severity: 'page',
    forSeconds: 0,
    keepFiringForSeconds: minute,
    thresholds: { seconds: seconds('No hub has led for this long.', 20, hour) },
    mutedBy: ['JournalUnwritable', 'JournalRefused'],
    meaning: 'No hub leads, so no task is accepted, assigned or confirmed.',
    next: 'See what each hub says of itself: `agentcom status`, and its log.',
  },
  JournalRefused: {
    severity: 'page',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {},
    mutedBy: [],
    meaning: 'The journal failed a check, so the hub refuses to run on it rather than lose work.',
    next: 'Read what the hub says and restore the newest good backup: `agentcom backup list`.',
  },
  LeaderChanges: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 15 * minute,
    thresholds: {
      changes: threshold('The leader changed so many times in 15 minutes.', 3, 2, 16),
    },
    mutedBy: ['JournalUnwritable', 'NoLeader', 'JournalRefused'],
    meaning: 'Leadership moves from hub to hub, and each move interrupts work for a moment.',
    next: 'Look for restarts, overload or a broken network between hubs and nats-server in their logs.',
  },
  CommitSlow: {
    severity: 'warn',
    forSeconds: 5 * minute,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      warnMs: threshold('The slowest hundredth of commits takes this long, in ms.', 100, 1, 60_000),
      pageMs: threshold('This long it is a page.', 1000, 1, 600_000),
    },
    mutedBy: ['JournalUnwritable'],
    meaning: 'The journal takes long to make things durable, and every answer waits for it.',
    next: 'Look at the disk of nats-server: something else may be writing to it.',
  },
  DiskLow: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      warnPercent: threshold(
        'Free space is under this share of the mark at which the hub stops taking tasks, in percent; under the mark it is a page.',
        200,
        101,
        1000,
      ),
    },
    mutedBy: [],
    meaning: "The disk with the hub's data is nearly full; under the mark it takes no more tasks.",
    next: 'Free space on that disk, or move old backups away: `agentcom backup list`.',
  },
  DiskWillFill: {
    severity: 'warn',
    forSeconds: 10 * minute,
    keepFiringForSeconds: 30 * minute,
    thresholds: {
      withinSeconds: seconds('At its present pace free space reaches the mark within this time.', day),
    },
    mutedBy: ['DiskLow'],
    meaning: "The disk with the hub's data fills up and will be full soon.",
    next: 'Find what grows: compare sizes in the data directory an hour apart.',
  },
  StreamNearlyFull: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      fillPercent: percent('A stream holds this share of what it may, in percent.', 90),
    },
    mutedBy: [],
    meaning: 'A stream is near its limit; at it, the oldest of what it keeps is dropped or new entries are refused.',
    next: 'Raise its limit in the settings of the hub, or shorten how long it keeps things.',
  },
  SnapshotOld: {
    severity: 'warn',
    forSeconds: 5 * minute,
    keepFiringForSeconds: 0,
    thresholds: {
      intervals: threshold('The newest snapshot is so many intervals old.', 3, 2, 100),
    },
    mutedBy: ['JournalUnwritable', 'NoLeader'],
    meaning: 'Snapshots fail, so a restart of the hub takes longer and longer and the journal grows.',
    next: 'Take one now, and read what it says: `agentcom compact`.',
  },
  BackupOld: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {
      warnSeconds: seconds('The newest backup is this old.', 26 * hour, 90 * day),
      pageSeconds: seconds('This old it is a page.', 50 * hour, 90 * day),
    },
    mutedBy: ['JournalUnwritable', 'NoLeader'],
    meaning: 'There is no recent backup, so a lost disk would lose more work than you planned for.',
    next: 'Create one and read what it says: `agentcom backup create`.',
  },
  BackupUnverified: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {
      unprovenSeconds: seconds('No replay has proved a backup for this long.', 7 * day, 365 * day),
    },
    mutedBy: ['BackupOld'],
    meaning: 'It has not been proved lately that a backup can be restored.',
    next: 'Prove the newest: `agentcom backup drill`.',
  },
  ReplicaLag: {
    severity: 'warn',
    forSeconds: minute,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      lagSeconds: seconds('A replica or a following hub is this far behind.', 5, hour),
    },
    mutedBy: ['JournalUnwritable', 'NoLeader'],
    meaning: 'A copy of the journal is behind, so losing the leader now would cost time or safety.',
    next: 'Look at the machine and the network of that copy.',
  },
  DurabilityUnknown: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {},
    mutedBy: [],
    meaning:
      'The hub cannot tell whether nats-server writes to disk before it confirms; a power failure could lose confirmed work.',
    next: 'Set `sync_interval: always` in the configuration of nats-server, and restart it and the hub.',
  },
} satisfies Record<string, AlertRule>;

export const PROCESS_RULES = {
  HubBusy: {
    severity: 'warn',
    forSeconds: 5 * minute,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      refusedPercent: threshold('The hub answered this share of requests with "busy", in percent.', 1, 1, 100),
      minimumRequests: threshold('With fewer requests than this in 5 minutes it is not looked at.', 100, 1, 1_000_000),
    },
    mutedBy: ['JournalUnwritable', 'NoLeader', 'CommitSlow', 'EventLoopSlow'],
    meaning: 'The hub has more to do than it can, and refuses some of it for now.',
    next: 'Find who asks so much: `agentcom audit --since 15m`; or give the hub a faster machine.',
  },
  EventLoopSlow: {
    severity: 'warn',
    forSeconds: 5 * minute,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      lagMs: threshold('The slowest hundredth of waits for the event loop takes this long, in ms.', 200, 10, 60_000),
    },
    mutedBy: ['MemoryHigh'],
    meaning: 'The process of the hub is overloaded or its machine is, so every answer is late.',
    next: 'Look at the load of the machine: another process may be using it.',
  },
  MemoryHigh: {
    severity: 'warn',
    forSeconds: 5 * minute,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      heapPercent: percent('The heap is at this share of its limit, in percent.', 85),
    },
    mutedBy: [],
    meaning: 'The hub is near the limit of its memory; at it, the process ends and starts again.',
    next: 'Keep fewer finished tasks in memory: `agentcom config set retention.finishedTasks=50000`; or raise the limit.',
  },
} satisfies Record<string, AlertRule>;

export const API_RULES = {
  ApiErrors: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      allowedPerMille: threshold(
        'The share of requests that may fail with 5xx, in per mille: 1 is 0.1 percent.',
        1,
        1,
        1000,
      ),
      warnBurnTenths: threshold(
        'How many times that share must fail in the last hour and the last 5 minutes, in tenths: 60 is 6 times.',
        60,
        10,
        10_000,
      ),
      pageBurnTenths: threshold('So many times it is a page, in tenths: 144 is 14.4 times.', 144, 10, 10_000),
      minimumRequests: threshold('With fewer requests than this in the hour it is not looked at.', 100, 1, 1_000_000),
    },
    mutedBy: ['JournalUnwritable', 'NoLeader', 'JournalRefused'],
    meaning: 'The hub fails to answer requests through a fault of its own.',
    next: 'Read the log of the hub for errors: each has the id of its request.',
  },
  AuthFailures: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: 10 * minute,
    thresholds: {
      refusals: threshold('So many keys from one address were refused in 5 minutes.', 20, 1, 100_000),
    },
    mutedBy: [],
    meaning: 'Someone tries keys that are not valid, or a machine still uses a revoked one.',
    next: 'Find out whose address it is: `agentcom audit --outcome refused`.',
  },
  Throttled: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: 5 * minute,
    thresholds: {
      limitedMinutes: threshold('A caller met its limit in so many of the last 15 minutes.', 10, 1, 15),
    },
    mutedBy: [],
    meaning: 'A key or agent asks more often than it may, and is slowed or refused.',
    next: 'Let it ask less often, or raise its limit: `agentcom config get limits`.',
  },
  ExpiresSoon: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {
      certificateSeconds: seconds("The hub's certificate ends within this time.", 21 * day, 365 * day),
      certificatePageSeconds: seconds('Within this time it is a page.', 3 * day, 365 * day),
      keySeconds: seconds('A key that is in use ends within this time.', 7 * day, 365 * day),
    },
    mutedBy: [],
    meaning: 'A certificate or a key that is in use ends soon; then whoever relies on it is locked out.',
    next: 'Renew the certificate, or rotate the key: `agentcom key rotate ID`.',
  },
} satisfies Record<string, AlertRule>;

export const META_RULES = {
  AlertingBlind: {
    severity: 'page',
    forSeconds: 0,
    keepFiringForSeconds: minute,
    thresholds: { seconds: seconds('The rules have not been evaluated for this long.', minute, hour) },
    mutedBy: ['JournalUnwritable', 'JournalRefused'],
    meaning: 'The hub does not evaluate its rules, so no other alert can reach you.',
    next: 'Read the log of the hub, and restart it if it is stuck.',
  },
  ChannelFailing: {
    severity: 'warn',
    forSeconds: 0,
    keepFiringForSeconds: minute,
    thresholds: { failures: threshold('So many sends of one channel failed in a row.', 3, 1, 100) },
    mutedBy: [],
    meaning: 'Notifications cannot be sent through one of your channels.',
    next: 'Test the channel and correct its settings: `agentcom notify test NAME`. What it could not send is kept.',
  },
  Watchdog: {
    severity: 'info',
    forSeconds: 0,
    keepFiringForSeconds: 0,
    thresholds: {},
    mutedBy: [],
    meaning: 'It always fires: it shows that alerting works, and drives the heartbeat.',
    next: 'Nothing to do.',
  },
} satisfies Record<string, AlertRule>;
