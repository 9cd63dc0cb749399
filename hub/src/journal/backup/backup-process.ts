// Backups of a store whose hub goes on serving.

import type { ShardNames } from '../../jetstream/names.js';
import type { WorkerConnection } from '../worker-connection.js';
import { runWorker } from '../worker-process.js';
import type { BackupInfo, BackupRequest } from './backup.js';

const BACKUP_MS_MAX = 60 * 60_000;

export interface BackupTask extends Omit<BackupRequest, 'store'> {
  readonly connection: WorkerConnection;
  readonly names: ShardNames;
}

/** As `createBackup`, without holding up this process. `holdErasures` keeps bodies until its result is called; see `Bodies`. */
export async function createBackupApart(
  task: BackupTask,
  holdErasures: () => () => Promise<void>,
): Promise<BackupInfo> {
  const release = holdErasures();
  try {
    return await runWorker<BackupInfo>('backup/backup-worker', task, BACKUP_MS_MAX).result;
  } finally {
    await release();
  }
}
