// Verifies a backup in a process of its own: a second state and its hash would hold up a hub that serves.

import { serveWorker } from '../worker-process.js';
import { verifyBackup } from './verify-backup.js';

serveWorker(({ file }: { readonly file: string }) => verifyBackup(file));
