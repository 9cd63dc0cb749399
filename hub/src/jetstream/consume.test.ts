// Reading streams of a real nats-server: to the end, on as they grow, and through what can happen to a consumer.

import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  StorageType,
} from '@nats-io/jetstream';
import type { NatsConnection } from 'nats';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startTestServer, type TestServer } from '../nats/testing.js';
import { type ConsumeOptions, consume } from './consume.js';

let server: TestServer;
let nc: NatsConnection;
let js: JetStreamClient;
let jsm: JetStreamManager;
let stream = '';
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
  stream = `S${++count}`;
  await jsm.streams.add({ name: stream, subjects: [`${stream}.>`], storage: StorageType.File });
});

async function store(...texts: string[]): Promise<void> {
  for (const text of texts) await js.publish(`${stream}.${text}`, text, { retries: 5 });
}

async function read(options: Partial<ConsumeOptions> = {}): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of consume({ js, stream, ...options })) texts.push(message.string());
  return texts;
}

/** Reads on until told to stop; `next` waits for one message. */
function reading(options: Partial<ConsumeOptions> = {}): { next: () => Promise<string>; stop: () => Promise<boolean> } {
  const abort = new AbortController();
  const messages = consume({ js, stream, live: true, signal: abort.signal, ...options });
  return {
    next: async () => {
      const { value, done } = await messages.next();
      if (done === true || value === undefined) throw new Error('the reading ended');
      return value.string();
    },
    stop: async () => {
      const ended = messages.next();
      abort.abort();
      return (await ended).done === true;
    },
  };
}

test('reads from a place to the end, by subject if asked', async () => {
  await store('a', 'b', 'c');
  expect(await read()).toEqual(['a', 'b', 'c']);
  expect(await read({ from: 2 })).toEqual(['b', 'c']);
  expect(await read({ subject: `${stream}.b` })).toEqual(['b']);
  expect(await read({ from: 4 })).toEqual([]);
});

test('goes on with what is stored later, and says once when it has caught up', async () => {
  await store('a');
  const caughtUp: number[] = [];
  let seen = 0;
  const live = reading({ onCaughtUp: () => caughtUp.push(seen) });
  seen++;
  expect(await live.next()).toBe('a');
  await store('b');
  expect(await live.next()).toBe('b');
  expect(await live.stop()).toBe(true);
  expect(caughtUp).toEqual([1]);
});

test('has caught up with a stream of which nothing is wanted', async () => {
  const caughtUp = new Promise<void>((resolve) => {
    const live = reading({ onCaughtUp: resolve });
    void live.stop();
  });
  await caughtUp;
});

test('leaves no consumer behind', async () => {
  await store('a');
  await read();
  const live = reading();
  await live.next();
  await live.stop();
  await expect.poll(async () => (await jsm.streams.info(stream)).state.consumer_count).toBe(0);
});

test('goes on behind the last message when its consumer is gone', async () => {
  await store('a');
  const live = reading();
  expect(await live.next()).toBe('a');
  for await (const { name } of jsm.consumers.list(stream)) await jsm.consumers.delete(stream, name);
  await store('b');
  expect(await live.next()).toBe('b');
  await live.stop();
});

test('goes on behind the last message after the server was killed', async () => {
  await store('a');
  const live = reading();
  expect(await live.next()).toBe('a');
  await server.kill9();
  await server.restart();
  await store('b');
  expect(await live.next()).toBe('b');
  await live.stop();
});

test('a reader that takes its time is no stall', async () => {
  await store('a', 'b', 'c');
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
  try {
    const texts: string[] = [];
    for await (const message of consume({ js, stream, aheadMessages: 1 })) {
      texts.push(message.string());
      vi.advanceTimersByTime(10_000);
    }
    expect(texts).toEqual(['a', 'b', 'c']);
  } finally {
    vi.useRealTimers();
  }
});
