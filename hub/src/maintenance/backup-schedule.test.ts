import { describe, expect, it } from 'vitest';
import type { BackupLabel } from '../journal/backup/backup.js';
import { isDrillDue, isDue } from './backup-schedule.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const every = { everyMs: 100, hour: undefined };

function backup(createdAt: number, label: BackupLabel = 'daily') {
  return { createdAt, label };
}

describe('the timed backup', () => {
  it('is due without one, when the newest is too old, and when the clock was set back behind it', () => {
    expect(isDue([], every, 1_000)).toBe(true);
    expect(isDue([backup(900)], every, 999)).toBe(false);
    expect(isDue([backup(900)], every, 1_000)).toBe(true);
    expect(isDue([backup(2_000)], every, 1_000)).toBe(true);
  });

  it('is not put off by backups on demand', () => {
    expect(isDue([backup(990, 'demand'), backup(800)], every, 1_000)).toBe(true);
  });

  it('is due once a day behind its hour, also when that was missed', () => {
    const at3 = { everyMs: 100, hour: 3 };
    const today = 10 * DAY + 3 * HOUR;
    expect(isDue([backup(today - DAY)], at3, today - 1)).toBe(false);
    expect(isDue([backup(today - DAY)], at3, today)).toBe(true);
    expect(isDue([backup(today + 5)], at3, today + HOUR)).toBe(false);
    expect(isDue([backup(today - 2 * DAY)], at3, today - HOUR)).toBe(true);
  });
});

describe('the drill', () => {
  it('is due so long after the last one, or after the oldest backup', () => {
    expect(isDrillDue([], 0, 100, 1_000)).toBe(false);
    expect(isDrillDue([backup(990), backup(901)], undefined, 100, 1_000)).toBe(false);
    expect(isDrillDue([backup(990), backup(900)], undefined, 100, 1_000)).toBe(true);
    expect(isDrillDue([backup(990), backup(800)], 950, 100, 1_000)).toBe(false);
    expect(isDrillDue([backup(990)], 900, 100, 1_000)).toBe(true);
    expect(isDrillDue([backup(990)], 2_000, 100, 1_000)).toBe(true);
  });
});
