// Publishing to a stream of a real nats-server, and what can become of it.

import { type JetStreamManager, jetstreamManager, StorageType } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../nats/testing.js';
import { Publisher, type PublishOutcome } from './publisher.js';

const TIMEOUT_MS = 5_000;
const text = (bytes: string) => new TextEncoder().encode(bytes);

let server: TestServer;
let nc: NatsConnection;
let jsm: JetStreamManager;
let stream = '';
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
  stream = `P${++count}`;
  await jsm.streams.add({ name: stream, subjects: [stream], storage: StorageType.File });
});

const publish = (publisher: Publisher, after: number, timeoutMs = TIMEOUT_MS): Promise<PublishOutcome> =>
  publisher.publish(stream, text('batch'), after, timeoutMs);

test('stores each message behind the one that it names', async () => {
  const publisher = new Publisher(nc);
  expect(await publish(publisher, 0)).toEqual({ kind: 'stored', stream, seq: 1, duplicate: false });
  expect(await publish(publisher, 1)).toEqual({ kind: 'stored', stream, seq: 2, duplicate: false });
  expect((await jsm.streams.getMessage(stream, { seq: 2 }))?.string()).toBe('batch');
});

test('is refused behind any other, and stores nothing then', async () => {
  const publisher = new Publisher(nc);
  await publish(publisher, 0);
  const outcome = await publish(publisher, 0);
  expect(outcome).toEqual({ kind: 'refused', reason: 'wrong last sequence: 1' });
  expect((await jsm.streams.info(stream)).state.messages).toBe(1);
});

test('hears of nobody where no stream listens', async () => {
  const outcome = await new Publisher(nc).publish('nowhere', text('batch'), 0, TIMEOUT_MS);
  expect(outcome).toMatchObject({ kind: 'unanswered', reason: expect.stringContaining('no responders') });
});

test('answers in time when nothing comes, and gives a late answer to nobody', async () => {
  const requests = nc.subscribe('late');
  const publisher = new Publisher(nc);
  const outcome = await publisher.publish('late', text('batch'), 0, 1);
  expect(outcome).toEqual({ kind: 'unanswered', reason: 'timeout' });
  for await (const request of requests) {
    request.respond(JSON.stringify({ stream: 'OTHER', seq: 1 }));
    break;
  }
  expect(await publish(publisher, 0)).toMatchObject({ kind: 'stored', stream });
});

test('takes an answer that says nothing for a refusal', async () => {
  nc.subscribe('odd', { callback: (_, request) => void request.respond('what?') });
  expect(await new Publisher(nc).publish('odd', text('batch'), 0, TIMEOUT_MS)).toEqual({
    kind: 'refused',
    reason: 'invalid answer',
  });
});

test('tells of a duplicate', async () => {
  const publisher = new Publisher(nc);
  nc.subscribe('again', {
    callback: (_, request) => void request.respond(JSON.stringify({ stream, seq: 1, duplicate: true })),
  });
  expect(await publisher.publish('again', text('batch'), 0, TIMEOUT_MS)).toMatchObject({ duplicate: true });
});

test('goes on after the server was killed', async () => {
  const publisher = new Publisher(nc);
  await publish(publisher, 0);
  await server.kill9();
  await server.restart();
  let outcome = await publish(publisher, 1);
  // Until the client is connected again and JetStream has started.
  while (outcome.kind === 'unanswered') outcome = await publish(publisher, 1);
  expect(outcome).toMatchObject({ kind: 'stored', seq: 2 });
});

test('does not wait for an answer when the connection closes, and publishes no more', async () => {
  const own = await server.connect();
  own.subscribe('silent');
  const publisher = new Publisher(own);
  const outcome = publisher.publish('silent', text('batch'), 0, TIMEOUT_MS);
  await own.close();
  expect(await outcome).toMatchObject({ kind: 'unanswered' });
  expect(await publish(publisher, 0)).toMatchObject({ kind: 'unanswered' });
});
