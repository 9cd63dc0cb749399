// Copies a backup off-site in a process of its own, and removes there what is not to be kept.

import { basename } from 'node:path';
import { serveWorker } from '../../worker-process.js';
import { notKept } from '../backup.js';
import { COPY_MS_MAX, type OffSiteCopied, type OffSiteTask } from '../backup-process.js';
import { openTarget } from './target.js';

serveWorker(async ({ place, file, retention, nowMs, traceparent }: OffSiteTask, onProgress): Promise<OffSiteCopied> => {
  const target = openTarget(place, traceparent);
  // Whoever may write there may not always list what is unfinished: the copy is worth more than the room.
  await target.removeUnfinished(nowMs - COPY_MS_MAX).catch(() => undefined);
  await target.put(file, basename(file), onProgress);
  const removed = notKept(await target.list(), retention, nowMs);
  for (const name of removed) await target.remove(name);
  return { removed };
});
