// When a backup is due, and when a drill is: pure.

import type { BackupInfo } from '../journal/backup/backup.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface BackupSchedule {
  readonly everyMs: number;
  /** The hour of the day (UTC), instead of that. */
  readonly hour: number | undefined;
}

type Made = Pick<BackupInfo, 'createdAt' | 'label'>;

/** Due when the newest timed backup is too old, missing, or of a clock that was ahead. `backups` are newest first. */
export function isDue(backups: readonly Made[], { everyMs, hour }: BackupSchedule, nowMs: number): boolean {
  const newest = backups.find(({ label }) => label === 'daily')?.createdAt;
  if (newest === undefined || newest > nowMs) return true;
  return hour === undefined ? newest + everyMs <= nowMs : newest < lastOccurrence(hour, nowMs);
}

/** Counted from the last one, or else from the oldest backup there is; without a backup there is nothing to drill with. */
export function isDrillDue(
  backups: readonly Made[],
  drilledAt: number | undefined,
  everyMs: number,
  nowMs: number,
): boolean {
  const since = drilledAt ?? backups.at(-1)?.createdAt;
  return backups.length > 0 && since !== undefined && (since > nowMs || since + everyMs <= nowMs);
}

function lastOccurrence(hour: number, nowMs: number): number {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS + hour * HOUR_MS;
  return today <= nowMs ? today : today - DAY_MS;
}
