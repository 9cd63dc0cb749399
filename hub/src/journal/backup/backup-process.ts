// Backups of a store whose hub goes on serving: made and verified by a process of their own.

import type { ShardNames } from '../../jetstream/names.js';
import type { WorkerConnection } from '../worker-connection.js';
import { runWorker } from '../worker-process.js';
import type { BackupInfo, BackupRequest } from './backup.js';
import type { BackupReport } from './verify-backup.js';

const BACKUP_MS_MAX = 60 * 60_000;
const VERIFY_MS_MAX = 30 * 60_000;

export interface BackupTask extends Omit<BackupRequest, 'store'> {
  readonly connection: WorkerConnection;
  readonly names: ShardNames;
}

/** As `createBackup`, without holding up this process; ended by `signal`. `holdErasures` keeps bodies until its result is called; see `Bodies`. */
export async function createBackupInWorker(
  task: BackupTask,
  holdErasures: () => () => Promise<void>,
  signal: AbortSignal,
): Promise<BackupInfo> {
  const release = holdErasures();
  try {
    return await runWorker<BackupInfo>('backup/backup-worker', task, BACKUP_MS_MAX, signal);
  } finally {
    await release();
  }
}

export type Verified = { readonly report: BackupReport } | { readonly damaged: string };

/** As `verifyBackup`, without holding up this process. */
export function verifyBackupInWorker(file: string, signal: AbortSignal): Promise<Verified> {
  return runWorker<Verified>('backup/verify-worker', { file }, VERIFY_MS_MAX, signal);
}
