// Verifies a backup in a process of its own: a second state and its hash would hold up a hub that serves.

import { serveApart } from './apart.js';
import { verifyBackup } from './verify-backup.js';

serveApart(({ file }: { readonly file: string }) => verifyBackup(file));
