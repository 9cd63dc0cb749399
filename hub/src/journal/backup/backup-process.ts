// Backups of a store whose hub goes on serving: made and verified by a process of their own.

import type { ShardNames } from '../../jetstream/names.js';
import type { WorkerConnection } from '../worker-connection.js';
import { type OnProgress, runWorker } from '../worker-process.js';
import type { BackupInfo, BackupRequest, Retention } from './backup.js';
import type { OffSite } from './offsite/target.js';
import type { BackupReport } from './verify-backup.js';

const BACKUP_MS_MAX = 60 * 60_000;
const VERIFY_MS_MAX = 30 * 60_000;
/** Then a copy is cut off. */
export const COPY_MS_MAX = 6 * 60 * 60_000;

export interface BackupTask extends Omit<BackupRequest, 'store'> {
  readonly connection: WorkerConnection;
  readonly names: ShardNames;
}

/** What a worker's work is ended by, and who hears how far it is. */
export interface Watching {
  readonly signal: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** As `createBackup`, without holding up this process. `holdErasures` keeps bodies until its result is called; see `Bodies`. */
export async function createBackupInWorker(
  task: BackupTask,
  holdErasures: () => () => Promise<void>,
  { signal, onProgress }: Watching,
): Promise<BackupInfo> {
  const release = holdErasures();
  try {
    return await runWorker<BackupInfo>('backup/backup-worker', task, BACKUP_MS_MAX, signal, onProgress);
  } finally {
    await release();
  }
}

export interface VerifyTask {
  readonly file: string;
  readonly keyFile?: string | undefined;
}

export type Verified = { readonly report: BackupReport } | { readonly damaged: string };

/** As `verifyBackup`, without holding up this process. */
export function verifyBackupInWorker(task: VerifyTask, { signal, onProgress }: Watching): Promise<Verified> {
  return runWorker<Verified>('backup/verify-worker', task, VERIFY_MS_MAX, signal, onProgress);
}

export interface OffSiteTask {
  readonly place: OffSite;
  readonly file: string;
  readonly retention: Retention;
  readonly nowMs: number;
  /** The span of the copy, while traces are on. */
  readonly traceparent?: string | undefined;
}

export interface OffSiteCopied {
  /** The names of older copies that went. */
  readonly removed: readonly string[];
}

/** Copies the file off-site, and removes what is not to be kept there. */
export function copyOffSiteInWorker(task: OffSiteTask, { signal, onProgress }: Watching): Promise<OffSiteCopied> {
  return runWorker<OffSiteCopied>('backup/offsite/offsite-worker', task, COPY_MS_MAX, signal, onProgress);
}
