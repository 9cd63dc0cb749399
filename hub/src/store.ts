// Opens what a hub stores things in: its own nats-server or a given one, the streams of its shard, and everything kept in them.

import { join } from 'node:path';
import type { HubSettings, TaskView } from '@agentcom/schemas';
import { makePrivateDirectory } from '@agentcom/schemas/host';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import { uuidv7 } from 'uuidv7';
import { Bodies } from './bodies/bodies.js';
import { type ShardNames, shardNames, vitalStreams } from './jetstream/names.js';
import { Objects } from './jetstream/objects.js';
import { ensureStreams, type StreamSettings } from './jetstream/streams.js';
import { HeadRecord } from './journal/log/head-record.js';
import { NatsJournal } from './journal/log/nats-journal.js';
import type { ChangeOptions } from './journal/repair/accept-end.js';
import { refuseLostStreams } from './journal/repair/lost-streams.js';
import { Snapshots } from './journal/snapshot/snapshots.js';
import { Archive } from './maintenance/archive.js';
import { connectNats, type NatsCredentials, redactUrl } from './nats/connect.js';
import { type Fsync, readFsync } from './nats/durability.js';
import { locateServer } from './nats/locate.js';
import { type ManagedServer, startManagedServer } from './nats/managed.js';
import { OutputStream } from './output/output-stream.js';

const SHARD = 0;
const SAY_WAITING_MS = 2_000;
const BODY_CACHE_BYTES = 16 * 1024 * 1024;
const SNAPSHOT_BYTES = 8 * 1024 ** 3;

export interface StoreOptions {
  /** What was read may no longer be what is there: a restart, or a connection that was gone. */
  readonly onDoubt: () => void;
  readonly onConnected: (connected: boolean) => void;
  /** Whether a stream that was there and is gone may be made anew: only when somebody has decided to give up what it held. */
  readonly mayMakeAnew: boolean;
  /** Ends the wait for a server that is not there yet. */
  readonly signal: AbortSignal;
  /** The store will not come back by itself. */
  readonly onLost: (error: Error) => void;
}

export interface Store {
  readonly server: ManagedServer | null;
  /** Whether every acknowledged write is on disk; what cannot be read is unknown. */
  readonly fsync: Fsync;
  /** Without credential. */
  readonly url: string;
  readonly connection: { readonly servers: string; readonly user?: string; readonly pass?: string };
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly names: ShardNames;
  readonly streams: StreamSettings;
  readonly headRecord: HeadRecord;
  readonly snapshots: Snapshots;
  readonly journal: NatsJournal;
  readonly bodies: Bodies;
  readonly archive: Archive;
  readonly output: OutputStream;
  close(): Promise<void>;
}

/** What a change of the whole journal needs: where its note and what it replaces are kept. */
export function changeOptions(store: Store, settings: HubSettings, hubVersion: string): ChangeOptions {
  const { dataDir, backupDir } = settings;
  const keepDir = backupDirectory(dataDir, backupDir);
  return { store, dataDir, keepDir, headRecord: store.headRecord, hubVersion, nowMs: Date.now() };
}

export function backupDirectory(dataDir: string, given: string | undefined): string {
  return given ?? join(dataDir, 'backups');
}

/** Rejects with a message that says what to do; what was started by then is stopped. */
export async function openStore(settings: HubSettings, log: Logger, options: StoreOptions): Promise<Store> {
  await makePrivateDirectory(backupDirectory(settings.dataDir, settings.backupDir));
  const server = settings.nats === undefined ? await ownServer(settings, log, options) : null;
  try {
    return await openIn(server, settings, log, options);
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

async function ownServer(settings: HubSettings, log: Logger, options: StoreOptions): Promise<ManagedServer> {
  const executable = settings.natsServer ?? (await locateServer(process.env)).executable;
  return startManagedServer({
    executable,
    dataDir: join(settings.dataDir, 'nats'),
    log,
    onEvent: (event) => {
      if (event.kind === 'restarted') options.onDoubt();
      if (event.kind === 'gave_up') options.onLost(event.error);
    },
  });
}

async function openIn(
  server: ManagedServer | null,
  settings: HubSettings,
  log: Logger,
  options: StoreOptions,
): Promise<Store> {
  const url = server?.url ?? settings.nats ?? '';
  const credentials = server?.credentials ?? givenCredentials(settings);
  const patience = setTimeout(() => log.warn({ nats: redactUrl(url) }, 'waiting for NATS'), SAY_WAITING_MS);
  const nc = await connectNats({
    url,
    name: 'agentcom hub',
    signal: options.signal,
    ...(credentials !== undefined && { credentials }),
    onStatus: (status) => {
      if (status.kind === 'disconnected') options.onConnected(false);
      if (status.kind === 'reconnected') {
        options.onConnected(true);
        options.onDoubt();
      }
      if (status.kind === 'error') log.warn({ err: status.error }, 'NATS reports an error');
      if (status.kind === 'closed' && status.error !== null) options.onLost(status.error);
    },
  });
  clearTimeout(patience);
  try {
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    const names = shardNames(settings.namespace, SHARD);
    const streams = streamSettings(settings);
    const snapshots = new Snapshots(await Objects.open(js, jsm, names.snapshots));
    const headRecord = await HeadRecord.open(join(settings.dataDir, 'journal-end.json'), (error) =>
      log.warn({ err: error }, 'the end of the journal could not be recorded'),
    );
    if (!options.mayMakeAnew) {
      await refuseLostStreams(jsm, vitalStreams(names), snapshots, headRecord);
    }
    await ensureStreams(jsm, streams);
    const journal = new NatsJournal({
      js,
      jsm,
      stream: names.journal,
      subject: names.journalSubject,
      snapshots,
      headRecord,
      newId: uuidv7,
    });
    return {
      server,
      fsync: server === null ? await readFsync(nc) : 'always',
      url: redactUrl(url),
      connection: connectionOf(url, credentials),
      nc,
      js,
      jsm,
      names,
      streams,
      headRecord,
      snapshots,
      journal,
      bodies: new Bodies(await Objects.open(js, jsm, names.bodies), BODY_CACHE_BYTES),
      archive: new Archive(js, jsm, names),
      output: new OutputStream(js, jsm, names),
      close: async () => {
        await headRecord.flush();
        await nc.close();
        await server?.stop();
      },
    };
  } catch (error) {
    await nc.close();
    throw error;
  }
}

function givenCredentials(settings: HubSettings): NatsCredentials | undefined {
  const { natsUser, natsPassword } = settings;
  return natsUser === undefined ? undefined : { user: natsUser, password: natsPassword ?? '' };
}

function connectionOf(url: string, credentials: NatsCredentials | undefined): Store['connection'] {
  if (credentials === undefined || !('user' in credentials)) return { servers: url };
  return { servers: url, user: credentials.user, pass: credentials.password };
}

function streamSettings(settings: HubSettings): StreamSettings {
  return {
    namespace: settings.namespace,
    shard: SHARD,
    replicas: 1,
    archiveBytes: settings.archiveBytes,
    archiveMs: settings.archiveSeconds * 1000,
    outputBytes: settings.outputBytes,
    outputMs: settings.outputSeconds * 1000,
    messageBytes: settings.messageBytes,
    messageMs: settings.messageSeconds * 1000,
    snapshotBytes: SNAPSHOT_BYTES,
  };
}

export function eraseBody(store: Store, ref: string, log: Logger): void {
  store.bodies.erase(ref).catch((error: unknown) => log.warn({ err: error, ref }, 'a body could not be erased'));
}

/** Reads a finished task that has left memory; null when it is not there. */
export function archivedTask(store: Store): (org: string, id: string) => Promise<TaskView | null> {
  return async (org, id) => {
    const json = await store.archive.get(org, id);
    return json === undefined ? null : (JSON.parse(json) as TaskView);
  };
}
