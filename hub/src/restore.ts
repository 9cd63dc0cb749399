// `backup restore`: opens the store of a stopped hub and makes it what a backup says.

import type { HubSettings, Log } from '@agentcom/schemas';
import { lockDirectory, makePrivateDirectory } from '@agentcom/schemas/host';
import { finishInterrupted, restoreBackup } from './journal/repair/restore.js';
import { HubNats } from './nats/open.js';
import { Shutdown } from './shutdown.js';
import { changeOptions, openStore } from './store.js';
import { VERSION } from './version.js';

const NATS_STOP_MS = 5_000;

export interface RestoredHub {
  /** Its path or address. */
  readonly backup: string;
  /** Tasks in memory after the restore. */
  readonly tasks: number;
  readonly seq: number;
  /** The file with what was replaced; null when the store was empty. */
  readonly kept: string | null;
}

/** `backup` is a path or an address. Rejects, having changed nothing, when a hub runs on the store, the backup is damaged, or the store is not empty and `replace` is off. */
export async function restoreHub(
  settings: HubSettings,
  backup: string,
  options: { readonly replace: boolean; readonly log: Log },
): Promise<RestoredHub> {
  const { replace, log } = options;
  await makePrivateDirectory(settings.dataDir);
  const shutdown = new Shutdown((what) => log.warn({ what }, 'did not stop in time'));
  const lock = await lockDirectory(settings.dataDir);
  shutdown.add('lock', () => lock.release());
  try {
    const nats = await HubNats.open(settings, log, new AbortController().signal);
    shutdown.add('NATS', () => nats.stop(), NATS_STOP_MS);
    const store = await openStore(nats, settings, log, true);
    shutdown.add("record of the journal's end", () => store.headRecord.flush());
    const change = changeOptions(store, settings, VERSION);
    await finishInterrupted(change);
    const { file, report, head, kept } = await restoreBackup(backup, replace, change);
    return { backup: file, tasks: report.tasks, seq: head.seq, kept };
  } finally {
    await shutdown.end();
  }
}
