// Verifies a backup in a process of its own: a second state and its hash would hold up a hub that serves.

import { stat } from 'node:fs/promises';
import { serveWorker } from '../worker-process.js';
import { BackupDamaged } from './backup-file.js';
import type { Verified, VerifyTask } from './backup-process.js';
import { verifyBackup } from './verify-backup.js';

serveWorker(async ({ file, keyFile }: VerifyTask, onProgress): Promise<Verified> => {
  try {
    const { size } = await stat(file);
    return { report: await verifyBackup(file, { keyFile, onBytes: (bytes) => onProgress(bytes, size) }) };
  } catch (error) {
    if (error instanceof BackupDamaged) return { damaged: error.message };
    throw error;
  }
});
