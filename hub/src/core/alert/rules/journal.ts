// Rules about what the hub stores: the journal, snapshots, backups, and the disk below them.

import { secondsUntilLow } from '../figures.js';
import { firstSubjects, type HubRules, page } from './rule.js';
import { at, bytes, count, overdue, percentOf, span } from './texts.js';

const LEADER_WINDOW_MS = 15 * 60_000;
const HUB = { subjects: [], count: 1 } as const;

export const journalRules: HubRules = {
  JournalUnwritable: ({ figures, now }, { unacknowledgedSeconds }) => {
    const { unacknowledgedSince: since, appendFailure } = figures;
    const limitMs = unacknowledgedSeconds * 1000;
    if (since === undefined || now - since < limitMs) return undefined;
    return {
      ...HUB,
      value: Math.floor((now - since) / 1000),
      limit: unacknowledgedSeconds,
      unit: 'seconds',
      why: `The journal has acknowledged nothing for ${overdue(since, now, limitMs)}. ${
        appendFailure === undefined ? 'nats-server does not answer.' : `The last append failed: ${appendFailure}.`
      }`,
    };
  },

  NoLeader: ({ figures, now }, { seconds }) => {
    const { leaderlessSince: since } = figures;
    if (since === undefined || now - since < seconds * 1000) return undefined;
    return {
      ...HUB,
      value: Math.floor((now - since) / 1000),
      limit: seconds,
      unit: 'seconds',
      why: `No hub has led for ${overdue(since, now, seconds * 1000)}. Either none runs that can write the journal, or those that run cannot reach it.`,
    };
  },

  JournalRefused: ({ figures }) => {
    const { journalRefused: reason } = figures;
    if (reason === undefined) return undefined;
    return {
      ...HUB,
      value: 1,
      limit: 0,
      unit: 'count',
      why: `The journal failed a check, and the hub stops: ${reason}`,
    };
  },

  LeaderChanges: ({ state, now }, { changes }) => {
    const times = state.activity.hub.elections.filter((time) => now - time < LEADER_WINDOW_MS);
    if (times.length < changes) return undefined;
    return {
      ...HUB,
      value: times.length,
      limit: changes,
      unit: 'count',
      why: `The leader changed or started again ${times.length} times in 15 min (limit ${changes}), first at ${at(times[0] ?? now)}. Hubs restart, or lose nats-server, again and again.`,
    };
  },

  CommitSlow: ({ figures }, { warnMs, pageMs }) => {
    const { commitP99Ms: ms } = figures;
    if (ms === undefined || ms <= warnMs) return undefined;
    const limit = ms > pageMs ? pageMs : warnMs;
    return {
      ...HUB,
      ...page(ms > pageMs),
      value: Math.round(ms),
      limit,
      unit: 'ms',
      why: `One commit in a hundred takes ${span(ms)} or longer, and the limit is ${span(limit)}. The disk of nats-server is slow or busy.`,
    };
  },

  DiskLow: ({ figures }, { warnPercent }) => {
    const { disk } = figures;
    if (disk === undefined) return undefined;
    const warnBytes = (disk.lowBytes * warnPercent) / 100;
    if (disk.freeBytes >= warnBytes) return undefined;
    const isLow = disk.freeBytes < disk.lowBytes;
    return {
      ...HUB,
      ...page(isLow),
      value: disk.freeBytes,
      limit: isLow ? disk.lowBytes : warnBytes,
      unit: 'bytes',
      why: `${bytes(disk.freeBytes)} are free on the disk with the hub's data (${disk.directory}), and the limit is ${bytes(isLow ? disk.lowBytes : warnBytes)}. ${
        isLow
          ? 'The hub takes no new tasks until more is free.'
          : `Under ${bytes(disk.lowBytes)} the hub takes no new tasks.`
      }`,
    };
  },

  DiskWillFill: ({ figures }, { withinSeconds }) => {
    const { disk } = figures;
    const seconds = disk && secondsUntilLow(disk);
    if (disk === undefined || seconds === undefined || seconds > withinSeconds) return undefined;
    return {
      ...HUB,
      value: Math.floor(seconds),
      limit: withinSeconds,
      unit: 'seconds',
      why: `${bytes(disk.freeBytes)} are free on the disk with the hub's data (${disk.directory}) and ${bytes((disk.lostPerSecond ?? 0) * 3600)} less each hour: in ${span(seconds * 1000)} the hub takes no new tasks (limit ${span(withinSeconds * 1000)}).`,
    };
  },

  StreamNearlyFull: ({ figures }, { fillPercent }) => {
    const full = figures.streams
      .map((stream) => ({ ...stream, percent: percentOf(stream.bytes, stream.bytesMax ?? Number.POSITIVE_INFINITY) }))
      .filter(({ percent }) => percent > fillPercent)
      .sort((a, b) => b.percent - a.percent);
    const [worst] = full;
    if (worst === undefined) return undefined;
    return {
      value: worst.percent,
      limit: fillPercent,
      unit: 'percent',
      subjects: firstSubjects(full, ({ name }) => ({ kind: 'stream', id: name, name })),
      count: full.length,
      why: `The stream ${worst.name} holds ${bytes(worst.bytes)} of ${bytes(worst.bytesMax ?? 0)}: ${worst.percent} % (limit ${fillPercent} %).`,
    };
  },

  SnapshotOld: ({ figures, now }, { intervals }) => {
    const { snapshot } = figures;
    if (snapshot === undefined) return undefined;
    const limitMs = snapshot.everyMs * intervals;
    if (now - snapshot.takenAt <= limitMs) return undefined;
    return {
      ...HUB,
      value: Math.floor((now - snapshot.takenAt) / 1000),
      limit: limitMs / 1000,
      unit: 'seconds',
      why: `There has been no new snapshot for ${overdue(snapshot.takenAt, now, limitMs)}. One is due every ${span(snapshot.everyMs)}; the log says why it failed.`,
    };
  },

  BackupOld: ({ figures, now }, { warnSeconds, pageSeconds }) => {
    const { backups } = figures;
    if (backups === undefined) return undefined;
    const since = backups.newestAt ?? backups.since;
    const seconds = Math.floor((now - since) / 1000);
    if (seconds < warnSeconds) return undefined;
    const limit = seconds >= pageSeconds ? pageSeconds : warnSeconds;
    const what =
      backups.newestAt === undefined ? 'There has been no backup at all for' : 'There has been no new backup for';
    return {
      ...HUB,
      ...page(seconds >= pageSeconds),
      value: seconds,
      limit,
      unit: 'seconds',
      why: `${what} ${overdue(since, now, limit * 1000)}. Backups fail or are not made: the log says why.`,
    };
  },

  BackupUnverified: ({ figures, now }, { unprovenSeconds }) => {
    const { backups } = figures;
    if (backups === undefined) return undefined;
    const since = backups.provedAt ?? backups.since;
    if (now - since < unprovenSeconds * 1000) return undefined;
    return {
      ...HUB,
      value: Math.floor((now - since) / 1000),
      limit: unprovenSeconds,
      unit: 'seconds',
      why: `No backup has been proved by a replay for ${overdue(since, now, unprovenSeconds * 1000)}.`,
    };
  },

  ReplicaLag: ({ figures }, { lagSeconds }) => {
    const behind = figures.replicas
      .filter(({ behindMs }) => behindMs > lagSeconds * 1000)
      .sort((a, b) => b.behindMs - a.behindMs);
    const [worst] = behind;
    if (worst === undefined) return undefined;
    return {
      value: Math.floor(worst.behindMs / 1000),
      limit: lagSeconds,
      unit: 'seconds',
      subjects: firstSubjects(behind, ({ name }) => ({ kind: 'hub', id: name, name })),
      count: behind.length,
      why: `${worst.name} is ${span(worst.behindMs)} behind (limit ${lagSeconds} s)${behind.length > 1 ? `, and so ${behind.length === 2 ? 'is' : 'are'} ${count(behind.length - 1, 'other')}` : ''}. Its machine or its network is slow.`,
    };
  },

  DurabilityUnknown: ({ figures }) => {
    const { fsync } = figures;
    if (fsync === undefined || fsync === 'always') return undefined;
    return {
      ...HUB,
      value: 1,
      limit: 0,
      unit: 'count',
      why:
        fsync === 'periodic'
          ? 'This nats-server syncs to disk only from time to time: a power failure could lose confirmed work.'
          : 'This nats-server does not say whether it syncs to disk before it confirms: a power failure could lose confirmed work.',
    };
  },
};

/** Until free space reaches the mark; undefined while it does not shrink. */
