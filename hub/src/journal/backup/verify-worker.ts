// Verifies a backup in a process of its own: a second state and its hash would hold up a hub that serves.

import { serveWorker } from '../worker-process.js';
import { BackupDamaged } from './backup-file.js';
import type { Verified } from './backup-process.js';
import { verifyBackup } from './verify-backup.js';

serveWorker(async ({ file }: { readonly file: string }): Promise<Verified> => {
  try {
    return { report: await verifyBackup(file) };
  } catch (error) {
    if (error instanceof BackupDamaged) return { damaged: error.message };
    throw error;
  }
});
