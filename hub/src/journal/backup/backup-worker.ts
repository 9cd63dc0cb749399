// Makes a backup in a process of its own: all that is stored passes through it.

import { withConnection } from '../worker-connection.js';
import { serveWorker } from '../worker-process.js';
import { createBackup } from './backup.js';
import type { BackupTask } from './backup-process.js';

serveWorker(({ connection, names, ...request }: BackupTask, onProgress) =>
  withConnection(connection, 'agentcom backup', (js, jsm) =>
    createBackup({ ...request, store: { js, jsm, names } }, onProgress),
  ),
);
