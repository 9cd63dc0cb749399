// Makes a backup in a process of its own: all that is stored passes through it.

import { serveApart } from './apart.js';
import { createBackup } from './backup.js';
import type { BackupTask } from './backup-apart.js';
import { withConnection } from './worker-connection.js';

serveApart(({ connection, names, ...request }: BackupTask) =>
  withConnection(connection, 'agentcom backup', (js, jsm) => createBackup({ ...request, store: { js, jsm, names } })),
);
