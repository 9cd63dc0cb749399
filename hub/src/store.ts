// What one shard stores things in: its streams, and everything kept in them.

import { join } from 'node:path';
import type { HubSettings, Log, TaskView } from '@agentcom/schemas';
import { makePrivateDirectory } from '@agentcom/schemas/host';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { StoredRecords } from './audit/stored-records.js';
import { Bodies } from './bodies/bodies.js';
import { type ShardNames, shardNames, vitalStreams } from './jetstream/names.js';
import { Objects } from './jetstream/objects.js';
import { Publisher } from './jetstream/publisher.js';
import { ensureStreams, type StreamSettings } from './jetstream/streams.js';
import { HeadRecord } from './journal/log/head-record.js';
import { NatsJournal } from './journal/log/nats-journal.js';
import type { ChangeOptions } from './journal/repair/accept-end.js';
import { refuseLostStreams } from './journal/repair/lost-streams.js';
import { Snapshots } from './journal/snapshot/snapshots.js';
import { Archive } from './maintenance/archive.js';
import type { HubNats } from './nats/open.js';
import { newId } from './new-id.js';
import { DiffStream } from './output/diff-stream.js';
import { OutputLines } from './output/output-lines.js';
import { OutputStream } from './output/output-stream.js';

const SHARD = 0;
/** For texts that are stored and soon sent to an agent. */
const BODY_CACHE_BYTES = 8 * 1024 * 1024;
const SNAPSHOT_BYTES = 8 * 1024 ** 3;

export interface Store {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly names: ShardNames;
  /** On how many servers the journal is kept. */
  readonly replicas: number;
  readonly headRecord: HeadRecord;
  readonly snapshots: Snapshots;
  readonly journal: NatsJournal;
  readonly bodies: Bodies;
  readonly archive: Archive;
  readonly output: OutputStream;
  readonly outputLines: OutputLines;
  readonly diffs: DiffStream;
  readonly audit: StoredRecords;
}

/** What a change of the whole journal needs: where its note and what it replaces are kept. */
export function changeOptions(store: Store, settings: HubSettings, hubVersion: string): ChangeOptions {
  const { dataDir, backupKeyFile: keyFile } = settings;
  const { headRecord } = store;
  const keepDir = backupDirectory(settings);
  const sourceOf = async (backup: string) => (await import('./backup-places.js')).backupAt(settings, backup);
  return { store, dataDir, keepDir, headRecord, hubVersion, nowMs: Date.now(), keyFile, sourceOf };
}

export function backupDirectory({ dataDir, backupDir }: Pick<HubSettings, 'dataDir' | 'backupDir'>): string {
  return backupDir ?? join(dataDir, 'backups');
}

/** Creates the streams that are missing. One that was there and is gone is refused, unless `mayRecreate`: somebody gave up what it held. */
export async function openStore(nats: HubNats, settings: HubSettings, log: Log, mayRecreate: boolean): Promise<Store> {
  await makePrivateDirectory(backupDirectory(settings));
  const js = jetstream(nats.nc);
  const jsm = await jetstreamManager(nats.nc);
  const names = shardNames(settings.namespace, SHARD);
  const snapshots = new Snapshots(await Objects.open(js, jsm, names.snapshots));
  const headRecord = await HeadRecord.open(join(settings.dataDir, 'journal-end.json'), (error) =>
    log.warn({ err: error }, 'the end of the journal could not be recorded'),
  );
  if (!mayRecreate) await refuseLostStreams(jsm, vitalStreams(names), snapshots, headRecord);
  await ensureStreams(jsm, streamSettings(settings));
  const { journal: stream, journalSubject: subject } = names;
  const { num_replicas: replicas } = (await jsm.streams.info(stream)).config;
  const output = new OutputStream(js, jsm, names);
  return {
    js,
    jsm,
    names,
    replicas,
    headRecord,
    snapshots,
    journal: new NatsJournal({
      publisher: new Publisher(nats.nc),
      js,
      jsm,
      stream,
      subject,
      snapshots,
      headRecord,
      newId,
    }),
    bodies: new Bodies(await Objects.open(js, jsm, names.bodies), BODY_CACHE_BYTES),
    archive: new Archive(js, jsm, names),
    output,
    outputLines: new OutputLines({ output, now: () => performance.now() }),
    diffs: new DiffStream(js, jsm, names),
    audit: new StoredRecords(js, jsm, names),
  };
}

function streamSettings(settings: HubSettings): StreamSettings {
  return {
    namespace: settings.namespace,
    shard: SHARD,
    replicas: settings.natsReplicas,
    archiveBytes: settings.archiveBytes,
    archiveMs: settings.archiveSeconds * 1000,
    outputBytes: settings.outputBytes,
    outputMs: settings.outputSeconds * 1000,
    messageBytes: settings.messageBytes,
    messageMs: settings.messageSeconds * 1000,
    auditBytes: settings.auditBytes,
    auditMs: settings.auditSeconds * 1000,
    snapshotBytes: SNAPSHOT_BYTES,
  };
}

/** Reads a finished task that has left memory; null when it is not there. */
export async function archivedTask(store: Store, org: string, id: string): Promise<TaskView | null> {
  const json = await store.archive.get(org, id);
  return json === undefined ? null : (JSON.parse(json) as TaskView);
}
