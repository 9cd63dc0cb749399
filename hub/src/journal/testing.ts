// What the tests of this folder share: batches of little meaning, and a store on a real nats-server as the hub makes it.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  StoreCompression,
} from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import type { Batch, JournalHead } from '../coordinator/ports.js';
import type { ShardNames } from '../jetstream/names.js';
import { shardNames } from '../jetstream/names.js';
import { Objects } from '../jetstream/objects.js';
import { Publisher } from '../jetstream/publisher.js';
import { defaultStreamSettings, ensureStreams } from '../jetstream/streams.js';
import { startTestServer, type TestServer } from '../nats/testing.js';
import { HeadRecord } from './log/head-record.js';
import { NatsJournal } from './log/nats-journal.js';
import { Snapshots } from './snapshot/snapshots.js';

/** A batch in which the given organisations are created. */
export function aBatch(fields: Partial<Batch>, orgs: readonly string[]): Batch {
  const events = orgs.map((org) => JSON.stringify({ type: 'org.created', org }));
  return { id: randomUUID(), epoch: 1, at: 1_000, hub: 'hub', events, ...fields };
}

/** One server, one connection, a directory of the hub's own, and any number of journals. */
export class TestStore {
  readonly #headRecords: HeadRecord[] = [];

  private constructor(
    readonly server: TestServer,
    readonly nc: NatsConnection,
    readonly js: JetStreamClient,
    readonly jsm: JetStreamManager,
    readonly directory: string,
  ) {}

  static async start(): Promise<TestStore> {
    const server = await startTestServer();
    const nc = await server.connect();
    const directory = await mkdtemp(join(tmpdir(), 'agentcom-journal-'));
    return new TestStore(server, nc, jetstream(nc), await jetstreamManager(nc), directory);
  }

  async addJournal(namespace: string): Promise<TestJournal> {
    const { js, jsm } = this;
    const publisher = new Publisher(this.nc);
    const names = shardNames(namespace, 0);
    await ensureStreams(jsm, { ...defaultStreamSettings, namespace });
    const objects = await Objects.open(js, jsm, names.snapshots);
    const snapshots = new Snapshots(objects);
    const putSnapshotText = async (name: string, head: JournalHead, text: string) => {
      const metadata = { journal: head.journal, seq: String(head.seq), hash: head.hash };
      await objects.put(name, new Blob([text]).stream(), metadata);
    };
    const open = async () => {
      const known = await HeadRecord.open(join(this.directory, `${namespace}-known-end.json`), () => undefined);
      this.#headRecords.push(known);
      return known;
    };
    const { journal: stream, journalSubject: subject, snapshots: bucket } = names;
    const reopen = async () =>
      new NatsJournal({ publisher, js, jsm, stream, subject, snapshots, headRecord: await open(), newId: randomUUID });
    return { names, journal: await reopen(), reopen, open, stream, subject, bucket, snapshots, putSnapshotText };
  }

  async stop(): Promise<void> {
    for (const known of this.#headRecords) await known.flush();
    await this.nc.close();
    await this.server.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export interface TestJournal {
  readonly names: ShardNames;
  readonly journal: NatsJournal;
  /** The journal as a hub sees it that starts again on the same directory. */
  reopen(): Promise<NatsJournal>;
  /** The known end as it is in its file. */
  open(): Promise<HeadRecord>;
  readonly stream: string;
  readonly subject: string;
  readonly bucket: string;
  readonly snapshots: Snapshots;
  /** Replaces a snapshot by any text. */
  putSnapshotText(name: string, head: JournalHead, text: string): Promise<void>;
}

/** Appends one batch after `after` and returns the new end. */
export async function append(
  journal: Pick<NatsJournal, 'append'>,
  after: JournalHead,
  batch: Batch,
): Promise<JournalHead> {
  const outcome = await journal.append(batch, after);
  if (outcome.kind !== 'acked') throw new Error(`not acknowledged: ${JSON.stringify(outcome)}`);
  return outcome.head;
}

/** Appends `count` batches, each creating an organisation named by its sequence, and returns every end on the way. */
export async function fill(journal: NatsJournal, after: JournalHead, count: number): Promise<JournalHead[]> {
  const heads: JournalHead[] = [];
  for (let head = after; heads.length < count; heads.push(head)) {
    head = await append(journal, head, aBatch({ at: 1_000 + head.seq }, [`org-${head.seq + 1}`]));
  }
  return heads;
}

/** Has an empty journal compressed: nats-server falls silent about a damaged file of it, instead of leaving out one message. */
export async function compress({ stream }: TestJournal, { jsm }: TestStore): Promise<void> {
  const { config } = await jsm.streams.info(stream);
  await jsm.streams.delete(stream);
  await jsm.streams.add({ ...config, compression: StoreCompression.S2 });
}

/** A journal over several files; `damage` flips a bit in the first of them. */
export async function largeJournal(
  { journal, stream }: TestJournal,
  store: TestStore,
): Promise<{ heads: JournalHead[]; damage: () => Promise<void> }> {
  const heads: JournalHead[] = [];
  for (let head = (await journal.recover(null)).head; heads.length < 40; heads.push(head)) {
    head = await append(journal, head, aBatch({}, [randomBytes(250_000).toString('hex')]));
  }
  const damage = async () => {
    const [first] = (await streamFiles(store, stream)).filter((file) => file.endsWith('/1.blk'));
    if (first !== undefined) await flipBit(first);
  };
  return { heads, damage };
}

/** The files in which nats-server keeps a stream. */
export async function streamFiles(store: TestStore, stream: string): Promise<string[]> {
  const files = await readdir(store.server.dataDir, { recursive: true });
  return files.filter((file) => file.includes(`/${stream}/`)).map((file) => join(store.server.dataDir, file));
}

export async function flipBit(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
}
