// Messages to ten thousand agents on a real nats-server: what a mailbox costs there, and in which order its messages come.

import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shardNames } from '../jetstream/names.js';
import { defaultStreamSettings, ensureStreams } from '../jetstream/streams.js';
import { startTestServer, type TestServer } from '../nats/testing.js';
import type { Link } from './delivery.js';
import { MessageStore } from './message-store.js';
import { Messages } from './messages.js';

const AGENTS = 10_000;
/** The others are away. */
const CONNECTED = 'a1';
/** Of one channel, whose messages reach all of them. */
const MEMBERS = 500;

let server: TestServer;
let nc: NatsConnection;

beforeAll(async () => {
  server = await startTestServer();
  nc = await server.connect();
});

afterAll(async () => {
  await nc.close();
  await server.stop();
});

test('ten thousand mailboxes are read by one consumer a stream, and each sender is heard in its order', async () => {
  const js = jetstream(nc);
  const jsm = await jetstreamManager(nc);
  const settings = { ...defaultStreamSettings, namespace: 'mailboxes' };
  await ensureStreams(jsm, settings);
  const names = shardNames(settings.namespace, settings.shard);
  const store = new MessageStore(js, jsm, names);
  for (let from = 0; from < AGENTS; from += MEMBERS) {
    const recipients = Array.from({ length: MEMBERS }, (_, i) => `a${from + i}`);
    const to = { kind: 'channel' as const, name: `c${from}` };
    const messageId = uuidv7();
    const first = {
      messageId,
      from: 'key:ci',
      to: `channel:${to.name}`,
      body: 'first',
      sentAt: '2026-01-31T12:00:00Z',
    };
    await store.put('default', to, recipients, first);
  }
  const heard: string[] = [];
  let isWhole: () => void = () => undefined;
  const whole = new Promise<void>((resolve) => {
    isWhole = resolve;
  });
  const link: Link = {
    send: async (frame) => {
      const message = await frame;
      if (message === undefined) return;
      heard.push(message.body);
      messages.acknowledge('default', CONNECTED, message.messageId);
      if (message.body === 'fourth') isWhole();
    },
  };
  const linkOf = (_org: string, agent: string) => (agent === CONNECTED ? link : undefined);
  const failures: unknown[] = [];
  const messages: Messages = new Messages({
    ...{ js, jsm, names, now: () => Date.now(), linkOf, enrolledAt: () => 0 },
    onFailed: (error) => failures.push(error),
  });
  messages.start();
  messages.onLeading();
  const send = async (agent: string, body: string) =>
    expect(await messages.send('default', { from: 'key:ci', to: `agent:${agent}`, body })).toMatchObject({ body });
  for (const agent of ['a0', CONNECTED, `a${AGENTS - 1}`]) {
    await expect
      .poll(() => messages.listAgent('default', agent, {}))
      .toMatchObject({ items: [{ body: 'first', acknowledged: false }] });
  }
  messages.onConnected('default', CONNECTED);
  await Promise.all(['second', 'third', 'fourth'].map((body) => send(CONNECTED, body)));
  await whole;
  expect(heard).toEqual(['first', 'second', 'third', 'fourth']);
  const consumers = async (stream: string) => (await jsm.streams.info(stream)).state.consumer_count;
  expect([await consumers(names.messages), await consumers(names.inboxes)]).toEqual([1, 1]);
  await messages.stop();
  expect(failures).toEqual([]);
});
