import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shardNames } from '../../jetstream/names.js';
import { defaultStreamSettings, ensureStreams } from '../../jetstream/streams.js';
import { startTestServer, type TestServer } from '../../nats/testing.js';
import { answered, delivery, ManualTime, ScriptedHttp, TestPorts } from '../testing.js';
import { Outbox } from './outbox.js';
import { type DeliveryRecord, newRecord } from './records.js';
import { StoredDeliveries } from './stored-deliveries.js';

let server: TestServer;
let nc: NatsConnection;
let records: StoredDeliveries;
let http: ScriptedHttp;
let time: ManualTime;

beforeAll(async () => {
  server = await startTestServer();
  nc = await server.connect();
  const jsm = await jetstreamManager(nc);
  await ensureStreams(jsm, defaultStreamSettings);
  records = new StoredDeliveries(jetstream(nc), jsm, shardNames('main', 0));
  http = new ScriptedHttp();
  time = new ManualTime();
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

function leading(): Outbox {
  const parts = { records, scheduler: time, now: () => time.wall, http, ports: new TestPorts() };
  const outbox = new Outbox({ ...parts, onFailed: () => undefined });
  outbox.onLeading();
  return outbox;
}

async function stored(): Promise<string[]> {
  const found: DeliveryRecord[] = [];
  await records.read((record) => found.push(record));
  return found.sort((a, b) => a.order - b.order).map(({ title, state }) => `${title}: ${state}`);
}

/** Time passes until then: nats-server is not there at once, and what fails is tried again by the clock of the test. */
async function meanwhile<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  while (!isDone) await time.pass(100);
  return work;
}

async function sends(count: number): Promise<void> {
  while (http.sent.length < count) await time.pass(1_000);
}

it('loses nothing when hub and nats-server are killed, and sends it when another hub leads', async () => {
  http.answer = () => answered(503);
  const first = leading();
  const given = ['a', 'b', 'c'].map((group) => delivery({ group, title: `group ${group}` }));
  await meanwhile(first.deliver(given));
  // Nothing of it runs on, and nothing more is written, as after `kill -9`.
  first.onFollowing();
  await server.kill9();
  await server.restart();
  const tried = http.sent.length;
  http.answer = () => answered(200);
  const second = leading();
  await meanwhile(second.deliver(given));
  await sends(tried + 3);
  await second.stop();
  expect(await stored()).toEqual(['group a: sent', 'group b: sent', 'group c: sent']);

  const third = leading();
  await meanwhile(third.deliver([...given, delivery({ group: 'd', title: 'group d' })]));
  await sends(tried + 4);
  await third.stop();
  expect(http.sent).toHaveLength(tried + 4);
  expect(await stored()).toHaveLength(4);
});

it('takes one delivery out, and no other', async () => {
  const [gone, left] = ['e', 'f'].map((group, i) => newRecord(delivery({ group, title: group }), 100 + i, 0));
  if (gone === undefined || left === undefined) throw new Error('no records');
  await meanwhile(Promise.all([records.put(gone), records.put(left)]));
  const before = await stored();
  await meanwhile(records.remove(gone));
  expect(await stored()).toEqual(before.filter((one) => one !== 'e: queued'));
  await meanwhile(records.remove(gone));
});
