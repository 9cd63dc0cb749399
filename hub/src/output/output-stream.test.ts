import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { shardNames } from '../jetstream/names.js';
import { defaultStreamSettings, ensureStreams } from '../jetstream/streams.js';
import { startTestServer, type TestServer } from '../nats/testing.js';
import { OutputStream, type ReadRequest } from './output-stream.js';
import { formatCursor, type Piece } from './stored.js';

let server: TestServer;
let nc: NatsConnection;
let js: JetStreamClient;
let jsm: JetStreamManager;
let output: OutputStream;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  nc = await server.connect();
  js = jetstream(nc);
  jsm = await jetstreamManager(nc);
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

beforeEach(async () => {
  output = await opened(`test-${++count}`);
});

async function opened(namespace: string): Promise<OutputStream> {
  await ensureStreams(jsm, { ...defaultStreamSettings, namespace });
  const names = shardNames(namespace, 0);
  return new OutputStream(js, jsm, names);
}

const pieces = (...numbers: number[]): Piece[] =>
  numbers.map((outputSeq) => ({ outputSeq, stream: 'agent', at: 5, data: `${outputSeq} ` }));

let batches = 0;

/** As a hub does: again, the same batch, until it is known to be stored. */
async function store(generation: number, ...numbers: number[]): Promise<void> {
  const batch = { id: `b${++batches}`, pieces: pieces(...numbers), bytes: 1 };
  for (let stored = false; !stored; ) {
    stored = await output.append({ org: 'default', task: 'task', generation }, batch).then(
      () => true,
      () => false,
    );
  }
}

const request = (more: Partial<ReadRequest> = {}): ReadRequest => ({
  org: 'default',
  task: 'task',
  live: false,
  signal: new AbortController().signal,
  ...more,
});

async function readFrom(more: Partial<ReadRequest> = {}, from = output): Promise<string[]> {
  const read: string[] = [];
  for await (const { pieces: some } of from.read(request(more))) read.push(...some.map(formatCursor));
  return read;
}

test('pieces come back in the order they came, late ones of an earlier attempt where they came', async () => {
  await store(1, 1, 2);
  await store(2, 1);
  await store(1, 3);
  await store(2, 2);
  expect(await readFrom()).toEqual(['1.1', '1.2', '2.1', '1.3', '2.2']);
  expect(await readFrom({ generation: 1 })).toEqual(['1.1', '1.2', '1.3']);
  expect(await readFrom({ task: 'another' })).toEqual([]);
  expect(await readFrom({ org: 'another' })).toEqual([]);
});

test('reading goes on behind any cursor, remembered or searched for', async () => {
  await store(1, 1, 2);
  await store(2, 1);
  await store(1, 3);
  await store(2, 2);
  const elsewhere = await opened(`test-${count}`);
  for (const reader of [output, elsewhere]) {
    expect(await readFrom({ after: { generation: 1, outputSeq: 1 } }, reader)).toEqual(['1.2', '2.1', '1.3', '2.2']);
    expect(await readFrom({ after: { generation: 1, outputSeq: 3 } }, reader)).toEqual(['2.2']);
    expect(await readFrom({ after: { generation: 2, outputSeq: 2 } }, reader)).toEqual([]);
  }
  output.remember('default', 'task', { generation: 2, outputSeq: 1 }, 2);
  expect(await readFrom({ after: { generation: 2, outputSeq: 1 } })).toEqual(['1.3', '2.2']);
});

test('a cursor whose piece is gone means what came after it', async () => {
  await store(1, 1);
  await store(1, 2);
  await store(2, 1);
  await jsm.streams.purge(shardNames(`test-${count}`, 0).output, { seq: 3 });
  expect(await readFrom({ after: { generation: 1, outputSeq: 1 } })).toEqual(['2.1']);
});

test('what was stored twice, by a hub that had lost the lead, is read once', async () => {
  await store(1, 1, 2);
  await store(1, 1, 2, 3);
  expect(await readFrom()).toEqual(['1.1', '1.2', '1.3']);
  expect(await readFrom({ after: { generation: 1, outputSeq: 2 } })).toEqual(['1.3']);
});

test('a batch that is given again is stored once', async () => {
  const attempt = { org: 'default', task: 'task', generation: 1 };
  const batch = { id: 'same', pieces: pieces(1, 2), bytes: 1 };
  await output.append(attempt, batch);
  const end = await output.end('default', 'task');
  await output.append(attempt, batch);
  expect(await output.end('default', 'task')).toBe(end);
});

test('the newest number of an attempt and the end of a task are known without reading', async () => {
  expect(await output.last({ org: 'default', task: 'task', generation: 1 })).toBe(0);
  expect(await output.end('default', 'task')).toBe(0);
  await store(1, 1, 2);
  await store(2, 7);
  expect(await output.last({ org: 'default', task: 'task', generation: 1 })).toBe(2);
  expect(await output.end('default', 'task')).toBe(2);
  expect(await output.end('default', 'task', 1)).toBe(1);
});

test('a live reader hears what comes, also after a restart of NATS, until it has had enough', {
  timeout: 60_000,
}, async () => {
  await store(1, 1);
  const enough = new AbortController();
  const reader = output.read(request({ live: true, signal: enough.signal }))[Symbol.asyncIterator]();
  const next = async (): Promise<string[]> => {
    const { value } = await reader.next();
    return value === undefined ? [] : value.pieces.map(formatCursor);
  };
  expect(await next()).toEqual([]);
  expect(await next()).toEqual(['1.1']);
  const coming = next();
  await store(1, 2);
  expect(await coming).toEqual(['1.2']);
  await server.restart();
  await store(1, 3);
  expect(await next()).toEqual(['1.3']);
  const last = reader.next();
  enough.abort();
  expect((await last).done).toBe(true);
});

test('names that could reach other subjects are refused', async () => {
  await expect(readFrom({ task: '*' })).rejects.toThrow(RangeError);
  await expect(output.last({ org: 'a.b', task: 'task', generation: 1 })).rejects.toThrow(RangeError);
});
