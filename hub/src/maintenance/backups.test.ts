import { describe, expect, it } from 'vitest';
import type { BackupInfo } from '../journal/backup/backup.js';
import { isDue } from './backups.js';

function backup(createdAt: number, label: BackupInfo['label']): BackupInfo {
  const head = { journal: 'j', seq: 1, hash: 'h' };
  return { file: `${label}-${createdAt}`, createdAt, bytes: 1, label, hubVersion: '1', head };
}

describe('the timed backup', () => {
  it('is due without one, when the newest is too old, and when the clock was set back behind it', () => {
    expect(isDue([], 100, 1_000)).toBe(true);
    expect(isDue([backup(900, 'daily')], 100, 999)).toBe(false);
    expect(isDue([backup(900, 'daily')], 100, 1_000)).toBe(true);
    expect(isDue([backup(2_000, 'daily')], 100, 1_000)).toBe(true);
  });

  it('is not put off by backups on demand', () => {
    expect(isDue([backup(990, 'demand'), backup(800, 'daily')], 100, 1_000)).toBe(true);
  });
});
