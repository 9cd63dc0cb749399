// `backup restore`: opens the store of a stopped hub and makes it what a backup says.

import type { HubSettings } from '@agentcom/schemas';
import { lockDirectory, makePrivateDirectory } from '@agentcom/schemas/host';
import type { Logger } from 'pino';
import { finishInterrupted, restoreBackup } from './journal/repair/restore.js';
import { VERSION } from './main.js';
import { Shutdown } from './shutdown.js';
import { changeOptions, openStore } from './store.js';

export interface RestoredHub {
  /** Tasks in memory after the restore. */
  readonly tasks: number;
  readonly seq: number;
  /** The file with what was replaced; null when the store was empty. */
  readonly kept: string | null;
}

/** Rejects, having changed nothing, when a hub runs on the store, the backup is damaged, or the store is not empty and `replace` is off. */
export async function restoreFromFile(
  settings: HubSettings,
  file: string,
  options: { readonly replace: boolean; readonly log: Logger },
): Promise<RestoredHub> {
  await makePrivateDirectory(settings.dataDir);
  const shutdown = new Shutdown();
  const lock = lockDirectory(settings.dataDir);
  shutdown.add(() => lock.release());
  try {
    const store = await openStore(settings, options.log, {
      mayMakeAnew: true,
      signal: new AbortController().signal,
      onDoubt: () => undefined,
      onConnected: () => undefined,
      onLost: (error) => options.log.error({ err: error }, 'the store was lost'),
    });
    shutdown.add(() => store.close());
    const change = changeOptions(store, settings, VERSION);
    await finishInterrupted(change);
    const { report, head, kept } = await restoreBackup(file, options.replace, change);
    return { tasks: report.tasks, seq: head.seq, kept };
  } finally {
    await shutdown.end(null);
  }
}
