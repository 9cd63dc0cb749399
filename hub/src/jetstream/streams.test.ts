import {
  DiscardPolicy,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { type NatsConnection, nanos } from 'nats';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../nats/testing.js';
import { bucketStream, shardNames, vitalStreams } from './names.js';
import {
  defaultStreamSettings,
  ensureStreams,
  StreamRefused,
  type StreamSettings,
  streamDefinitions,
  TooFewNatsServers,
} from './streams.js';

let server: TestServer;
let nc: NatsConnection;
let jsm: JetStreamManager;
let settings: StreamSettings;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  nc = await server.connect();
  jsm = await jetstreamManager(nc);
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

beforeEach(() => {
  settings = { ...defaultStreamSettings, namespace: `test-${++count}` };
});

const journalOf = (of: StreamSettings) => shardNames(of.namespace, of.shard).journal;

async function configOf(stream: string): Promise<StreamConfig> {
  return (await jsm.streams.info(stream)).config;
}

/** A journal like ours but for the given fields. */
async function addJournal(fields: Partial<StreamConfig>): Promise<void> {
  const [journal] = streamDefinitions(settings);
  await jsm.streams.add({ ...journal, name: journalOf(settings), ...fields });
}

test('names carry the namespace and the shard', () => {
  expect(shardNames('main', 0)).toEqual({
    journal: 'AGENTCOM_main_JOURNAL_0',
    journalSubject: 'agentcom.main.journal.0',
    archive: 'AGENTCOM_main_ARCHIVE_0',
    archivePrefix: 'agentcom.main.archive.0',
    output: 'AGENTCOM_main_OUTPUT_0',
    outputPrefix: 'agentcom.main.output.0',
    messages: 'AGENTCOM_main_MESSAGES_0',
    messagesPrefix: 'agentcom.main.messages.0',
    inboxes: 'AGENTCOM_main_INBOXES_0',
    inboxesPrefix: 'agentcom.main.inboxes.0',
    audit: 'AGENTCOM_main_AUDIT_0',
    auditPrefix: 'agentcom.main.audit.0',
    deliveries: 'AGENTCOM_main_DELIVERIES_0',
    deliveriesPrefix: 'agentcom.main.deliveries.0',
    bodies: 'AGENTCOM_main_BODIES_0',
    snapshots: 'AGENTCOM_main_SNAPSHOTS_0',
  });
  for (const namespace of ['', 'a.b', 'a>', '*', 'A', '-a', 'a'.repeat(33)]) {
    expect(() => shardNames(namespace, 0)).toThrow(RangeError);
  }
  expect(() => shardNames('main', -1)).toThrow(RangeError);
});

test('what is missing is made, and then found as it should be', async () => {
  const made = await ensureStreams(jsm, settings);
  expect([...made.keys()]).toEqual(streamDefinitions(settings).map(({ name }) => name));
  expect(new Set(made.values())).toEqual(new Set(['created']));
  const again = await ensureStreams(jsm, settings);
  expect(new Set(again.values())).toEqual(new Set(['kept']));
});

test('what may grow beside the journal has a limit of bytes, and what the journal promises has none', () => {
  const names = shardNames(settings.namespace, 0);
  const limits = new Map(streamDefinitions(settings).map(({ name, max_bytes }) => [name, max_bytes]));
  for (const name of [names.archive, names.output, names.messages, names.inboxes, names.audit, names.deliveries]) {
    expect(limits.get(name), name).toBeGreaterThan(0);
  }
  for (const name of [names.journal, bucketStream(names.bodies)]) expect(limits.get(name), name).toBe(-1);
  expect(vitalStreams(names)).not.toContain(names.output);
});

test('hubs that make the same streams at once do not disturb each other', async () => {
  const results = await Promise.all(Array.from({ length: 5 }, () => ensureStreams(jsm, settings)));
  for (const actions of results) for (const action of actions.values()) expect(['created', 'kept']).toContain(action);
});

test('the journal has no limit and gives nothing up', async () => {
  await ensureStreams(jsm, settings);
  expect(await configOf(journalOf(settings))).toMatchObject({
    subjects: [`agentcom.${settings.namespace}.journal.0`],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    deny_delete: true,
    deny_purge: false,
    allow_rollup_hdrs: false,
    max_age: 0,
    max_bytes: -1,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    compression: 'none',
    num_replicas: 1,
  });
  const js = jetstream(nc);
  const subject = shardNames(settings.namespace, 0).journalSubject;
  await js.publish(subject, 'one', { expect: { lastSequence: 0 } });
  await expect(jsm.streams.deleteMessage(journalOf(settings), 1)).rejects.toThrow(/delete/);
  await expect(js.publish(subject, new Uint8Array(5 * 1024 * 1024))).rejects.toThrow(/size/);
});

test('nobody takes anything out of the audit log before its time', async () => {
  await ensureStreams(jsm, settings);
  const { audit, auditPrefix } = shardNames(settings.namespace, 0);
  await jetstream(nc).publish(`${auditPrefix}.default.1`, 'one');
  await expect(jsm.streams.deleteMessage(audit, 1)).rejects.toThrow(/delete/);
  await expect(jsm.streams.purge(audit)).rejects.toThrow(/purge/);
  expect(await configOf(audit)).toMatchObject({ discard: 'old', max_age: nanos(settings.auditMs) });
});

test('the archive keeps one message for each task, and drops the oldest at its limit', async () => {
  await ensureStreams(jsm, { ...settings, archiveBytes: 200_000 });
  const { archive, archivePrefix } = shardNames(settings.namespace, 0);
  const js = jetstream(nc);
  await js.publish(`${archivePrefix}.default.task`, 'first');
  await js.publish(`${archivePrefix}.default.task`, 'again');
  expect((await jsm.streams.info(archive)).state.messages).toBe(1);
  for (let i = 0; i < 20; i++) await js.publish(`${archivePrefix}.default.t${i}`, Buffer.alloc(20_000, String(i)));
  const { state } = await jsm.streams.info(archive);
  expect(state.bytes).toBeLessThanOrEqual(200_000);
  expect(state.last_seq).toBe(22);
});

test('the object stores work with the object store client', async () => {
  await ensureStreams(jsm, settings);
  const { bodies, snapshots } = shardNames(settings.namespace, 0);
  for (const bucket of [bodies, snapshots]) {
    const store = await new Objm(nc).open(bucket, true);
    await store.putBlob({ name: 'a' }, Buffer.alloc(300_000, 'x'));
    await store.putBlob({ name: 'a' }, Buffer.from('newer'));
    expect(Buffer.from((await store.getBlob('a')) ?? []).toString()).toBe('newer');
    await store.delete('a');
    expect((await configOf(bucketStream(bucket))).discard).toBe('new');
  }
  expect((await configOf(bucketStream(snapshots))).max_bytes).toBe(settings.snapshotBytes);
});

describe('an existing journal that could lose something is refused by name and reason', () => {
  const cases: [string, Partial<StreamConfig>, RegExp][] = [
    ['discards the oldest', { discard: DiscardPolicy.Old }, /at a limit it discards its oldest/],
    ['ages', { max_age: nanos(3_600_000) }, /expire by max_age/],
    ['is limited in bytes', { max_bytes: 1024 * 1024 }, /its size is limited/],
    ['is limited in messages', { max_msgs: 1_000 }, /the number of its messages is limited/],
    ['is limited by subject', { max_msgs_per_subject: 10 }, /limited by subject/],
    ['lives in memory', { storage: StorageType.Memory }, /storage is memory/],
    ['is a work queue', { retention: RetentionPolicy.Workqueue }, /retention is workqueue/],
    ['can be rolled up', { allow_rollup_hdrs: true }, /rollup/],
    ['cannot be purged', { deny_purge: true }, /cannot be purged/],
    ['does not acknowledge', { no_ack: true }, /does not acknowledge/],
    ['is for something else', { subjects: ['orders.>'] }, /its subjects are orders\.>/],
  ];
  test.each(cases)('one that %s', async (_, fields, reason) => {
    await addJournal(fields);
    const refusal = ensureStreams(jsm, settings);
    await expect(refusal).rejects.toBeInstanceOf(StreamRefused);
    await expect(refusal).rejects.toMatchObject({ stream: journalOf(settings) });
    await expect(refusal).rejects.toThrow(reason);
    await expect(refusal).rejects.toThrow(/Correct it with `nats stream edit \S+`, or .* --namespace/);
    await expect(jsm.streams.info(shardNames(settings.namespace, 0).archive)).rejects.toThrow(/not found/);
  });
});

test('harmless differences are mended, and what is stored stays', async () => {
  await addJournal({
    description: 'old',
    deny_delete: false,
    max_msg_size: 1_000,
    compression: StoreCompression.S2,
    allow_direct: true,
  });
  await jetstream(nc).publish(shardNames(settings.namespace, 0).journalSubject, 'kept');
  const actions = await ensureStreams(jsm, settings);
  expect(actions.get(journalOf(settings))).toBe('updated');
  expect(await configOf(journalOf(settings))).toMatchObject(streamDefinitions(settings)[0] ?? {});
  expect((await jsm.streams.getMessage(journalOf(settings), { seq: 1 }))?.string()).toBe('kept');
  expect((await ensureStreams(jsm, settings)).get(journalOf(settings))).toBe('kept');
});

test('other limits of the archive and the snapshots are followed', async () => {
  await ensureStreams(jsm, settings);
  const changed = { ...settings, archiveBytes: 1_000_000, archiveMs: 600_000, snapshotBytes: 2_000_000 };
  const names = shardNames(settings.namespace, 0);
  const actions = await ensureStreams(jsm, changed);
  expect(actions.get(names.archive)).toBe('updated');
  expect(actions.get(bucketStream(names.snapshots))).toBe('updated');
  expect(await configOf(names.archive)).toMatchObject({ max_bytes: 1_000_000, max_age: nanos(600_000) });
  expect((await configOf(bucketStream(names.snapshots))).max_bytes).toBe(2_000_000);
});

test("a stream that the server will not make is named with the server's reason", async () => {
  await jsm.streams.add({ ...streamDefinitions(settings)[0], name: 'taken' });
  await expect(ensureStreams(jsm, settings)).rejects.toThrow(
    /stream AGENTCOM_\S+_JOURNAL_0 cannot be created: .*overlap/,
  );
});

test('more replicas than there are servers are refused, for new streams and for those that are there', async () => {
  const three = { ...settings, replicas: 3 };
  const refusal = /stream AGENTCOM_\S+_JOURNAL_0 cannot be kept on 3 NATS servers: this server is in no cluster/;
  await expect(ensureStreams(jsm, three)).rejects.toThrow(TooFewNatsServers);
  await ensureStreams(jsm, settings);
  await expect(ensureStreams(jsm, three)).rejects.toThrow(refusal);
  expect((await ensureStreams(jsm, { ...settings, replicas: 1 })).get(journalOf(settings))).toBe('kept');
});
