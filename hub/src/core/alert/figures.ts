// What the rules need to know of the hub's process and its surroundings, beside the state. Plain values, gathered where they are measured.

import type { FsyncMode, Subject } from '@agentcom/schemas';

export interface RequestCounts {
  readonly all: number;
  /** Answered with 5xx, without those that were told to retry. */
  readonly failed: number;
  /** Told to retry because the hub had too much to do. */
  readonly busy: number;
}

/** Times are of the hub's own clock, ms. What is not known is undefined, and no rule fires for it. */
export interface HubFigures {
  /** Since when something waits to be made durable; undefined while nothing does. */
  readonly unacknowledgedSince?: number | undefined;
  readonly appendFailure?: string | undefined;
  /** Since when no hub leads, as far as this one sees. */
  readonly leaderlessSince?: number | undefined;
  /** Why the journal must not be trusted. */
  readonly journalRefused?: string | undefined;
  /** When the rules were last evaluated. */
  readonly evaluatedAt?: number | undefined;
  readonly commitP99Ms?: number | undefined;
  readonly eventLoopP99Ms?: number | undefined;
  readonly requests?: { readonly hour: RequestCounts; readonly fiveMinutes: RequestCounts } | undefined;
  readonly heap?: { readonly usedBytes: number; readonly limitBytes: number } | undefined;
  readonly disk?: DiskFigures | undefined;
  readonly streams: readonly StreamFigures[];
  readonly snapshot?: { readonly takenAt: number; readonly everyMs: number } | undefined;
  readonly backups?: BackupFigures | undefined;
  readonly certificateEndsAt?: number | undefined;
  readonly replicas: readonly { readonly name: string; readonly behindMs: number }[];
  /** Whether nats-server syncs what it acknowledges. */
  readonly fsync?: FsyncMode | undefined;
  /** In the last five minutes. */
  readonly refusedKeys: readonly { readonly address: string; readonly count: number }[];
  /** In how many of the last 15 minutes somebody met a limit. */
  readonly throttled: readonly ThrottledFigures[];
  readonly channels: readonly ChannelFigures[];
  /** Of agents that are connected, by `agentKey`: how far the clocks of their machines are ahead, ms. */
  readonly clockSkewMs: ReadonlyMap<string, number>;
  /** By task: when its live attempt last printed something; of what was printed before `outputSince` nothing is known. */
  readonly outputAt: ReadonlyMap<string, number>;
  readonly outputSince: number;
}

export interface DiskFigures {
  readonly directory: string;
  readonly freeBytes: number;
  /** Under it no task is taken. */
  readonly lowBytes: number;
  /** How much less is free each second; below zero while more becomes free. */
  readonly lostPerSecond?: number | undefined;
}

/** Until no task is taken, if it goes on like that; undefined where it does not come to that. */
export function secondsUntilLow({ freeBytes, lowBytes, lostPerSecond }: DiskFigures): number | undefined {
  if (lostPerSecond === undefined || lostPerSecond <= 0) return undefined;
  return Math.max(0, freeBytes - lowBytes) / lostPerSecond;
}

export interface StreamFigures {
  readonly name: string;
  readonly bytes: number;
  /** Undefined for a stream that may grow as the disk allows. */
  readonly bytesMax?: number | undefined;
}

export interface BackupFigures {
  /** Undefined while there is none. */
  readonly newestAt?: number | undefined;
  /** When a replay last proved one. */
  readonly provedAt?: number | undefined;
  /** Since when there could be one. */
  readonly since: number;
}

export interface ThrottledFigures {
  readonly org?: string | undefined;
  readonly subject: Subject;
  readonly minutes: number;
}

export interface ChannelFigures {
  readonly org?: string | undefined;
  readonly id: string;
  readonly name: string;
  /** Sends that failed, one after the other. */
  readonly failures: number;
  readonly since: number;
  readonly error?: string | undefined;
}

/** Of a hub of which nothing is known. */
export const NO_FIGURES: HubFigures = {
  streams: [],
  replicas: [],
  refusedKeys: [],
  throttled: [],
  channels: [],
  clockSkewMs: new Map(),
  outputAt: new Map(),
  outputSince: 0,
};
