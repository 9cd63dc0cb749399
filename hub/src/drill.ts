// A drill: a backup is restored into a scratch store beside the running hub, on a nats-server of its own and at low priority.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { HubSettings, Log } from '@agentcom/schemas';
import { freeBytes, makePrivateDirectory } from '@agentcom/schemas/host';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { DrillReport, DrillTask } from './journal/repair/drill-worker.js';
import { runWorker } from './journal/worker-process.js';
import type { OperationRun } from './maintenance/operations.js';
import { HubNats } from './nats/open.js';
import { openStore } from './store.js';

const DRILL_MS_MAX = 60 * 60_000;

/** Rejects when the disk has no room for a second store. Leaves nothing behind. */
export async function drill(
  settings: HubSettings,
  live: JetStreamManager,
  file: string,
  { signal, progress }: OperationRun,
  log: Log,
): Promise<DrillReport> {
  const scratch = scratchSettings(settings);
  const { dataDir } = scratch;
  await checkRoom(settings, live);
  await clearDrill(settings, log);
  const nats = await openScratch(scratch, log, signal);
  try {
    const { names } = await openStore(nats, scratch, log, true);
    const task: DrillTask = { connection: nats.connection, names, dataDir, file, keyFile: settings.backupKeyFile };
    return await runWorker<DrillReport>('repair/drill-worker', task, DRILL_MS_MAX, signal, progress);
  } finally {
    await nats.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Call at a start: ends the server and removes the store of a drill whose hub was killed. */
export async function clearDrill(settings: HubSettings, log: Log): Promise<void> {
  const scratch = scratchSettings(settings);
  if (!existsSync(scratch.dataDir)) return;
  const left = await openScratch(scratch, log, new AbortController().signal);
  await left.stop();
  await rm(scratch.dataDir, { recursive: true, force: true });
}

function scratchSettings(settings: HubSettings): HubSettings {
  const { nats: _nats, natsUser: _user, natsPassword: _password, backupDir: _backups, ...rest } = settings;
  return { ...rest, dataDir: join(settings.dataDir, 'drill') };
}

async function openScratch(scratch: HubSettings, log: Log, signal: AbortSignal): Promise<HubNats> {
  await makePrivateDirectory(scratch.dataDir);
  const nats = await HubNats.open(scratch, log, signal);
  if (nats.server !== undefined) setPriority(nats.server.pid, constants.priority.PRIORITY_LOW);
  return nats;
}

/** A drill must not fill the disk on which the hub itself writes. */
async function checkRoom({ dataDir, lowDiskBytes }: HubSettings, live: JetStreamManager): Promise<void> {
  let bytes = 0;
  for await (const { state } of live.streams.list()) bytes += state.bytes;
  const free = await freeBytes(dataDir);
  if (free < lowDiskBytes + 2 * bytes)
    throw new Error(`not enough disk space for a second store: ${free} bytes are free, ${2 * bytes} may be needed`);
}
