import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shardNames } from '../jetstream/names.js';
import { defaultStreamSettings, ensureStreams } from '../jetstream/streams.js';
import { startTestServer, type TestServer } from '../nats/testing.js';
import { StoredRecords } from './stored-records.js';

let server: TestServer;
let nc: NatsConnection;
let records: StoredRecords;

beforeAll(async () => {
  server = await startTestServer();
  nc = await server.connect();
  const jsm = await jetstreamManager(nc);
  await ensureStreams(jsm, defaultStreamSettings);
  records = new StoredRecords(jetstream(nc), jsm, shardNames('main', 0));
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

it('keeps records by organisation and number, and replaces none', async () => {
  expect(await records.range('acme')).toBeUndefined();
  expect(await records.put('other', 1, Buffer.from('theirs'))).toBe(true);
  for (const number of [1, 2, 3]) expect(await records.put('acme', number, Buffer.from(`record ${number}`))).toBe(true);
  expect(await records.put('acme', 2, Buffer.from('another'))).toBe(false);
  expect(await records.range('acme')).toEqual({ oldest: 1, newest: 3 });
  expect(Buffer.from((await records.get('acme', 2)) ?? []).toString()).toBe('record 2');
  expect(await records.get('acme', 4)).toBeNull();
});
