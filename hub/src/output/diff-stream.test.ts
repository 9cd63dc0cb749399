import type { TaskDiff } from '@agentcom/schemas';
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ShardNames, shardNames } from '../jetstream/names.js';
import { defaultStreamSettings, ensureStreams } from '../jetstream/streams.js';
import { startTestServer, type TestServer } from '../nats/testing.js';
import { DiffStream } from './diff-stream.js';
import { OutputStream } from './output-stream.js';

let server: TestServer;
let nc: NatsConnection;
let jsm: JetStreamManager;
let names: ShardNames;
let diffs: DiffStream;
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

beforeEach(async () => {
  const namespace = `diffs-${++count}`;
  await ensureStreams(jsm, { ...defaultStreamSettings, namespace });
  names = shardNames(namespace, 0);
  diffs = new DiffStream(jetstream(nc), jsm, names);
});

function diff(generation: number, text: string): TaskDiff {
  const facts = { stage: 'result', base: 'a'.repeat(40), files: 1, added: 1, removed: 0, items: [] } as const;
  return { task: 'task', generation, at: '2026-01-31T12:00:00.000Z', ...facts, text };
}

test('the newest diff of an attempt is kept, and no other of it', async () => {
  expect(await diffs.newest('acme', 'task')).toBeUndefined();
  await diffs.put('acme', diff(1, 'one'));
  await diffs.put('acme', diff(1, 'more'));
  await diffs.put('acme', diff(2, 'two'));
  expect(await diffs.newest('acme', 'task')).toEqual(diff(2, 'two'));
  expect(await diffs.newest('acme', 'task', 1)).toEqual(diff(1, 'more'));
  expect(await diffs.newest('acme', 'task', 3)).toBeUndefined();
  expect(await diffs.newest('other', 'task')).toBeUndefined();
  expect((await jsm.streams.info(names.output)).state.messages).toBe(2);
});

test('a diff of the longest text fits, whatever is in it', async () => {
  const text = '\u0001'.repeat(512 * 1024);
  await diffs.put('acme', diff(1, text));
  expect((await diffs.newest('acme', 'task'))?.text).toBe(text);
});

test('it is no part of the output, and does not take the place of any', async () => {
  const output = new OutputStream(jetstream(nc), jsm, names);
  const piece = { outputSeq: 1, stream: 'agent', at: 5, data: 'hello' } as const;
  await output.append({ org: 'acme', task: 'task', generation: 1 }, { id: 'b', pieces: [piece], bytes: 5 });
  await diffs.put('acme', diff(1, 'one'));
  await diffs.put('acme', diff(1, 'two'));
  const read: string[] = [];
  const { signal } = new AbortController();
  for await (const { pieces } of output.read({ org: 'acme', task: 'task', live: false, signal }))
    read.push(...pieces.map(({ data }) => data));
  expect(read).toEqual(['hello']);
  expect(await output.last({ org: 'acme', task: 'task', generation: 1 })).toBe(1);
});
