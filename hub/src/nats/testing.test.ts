import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './testing.js';

let server: TestServer | null = null;

afterEach(async () => {
  await server?.stop();
  server = null;
});

test('the test server keeps acknowledged messages over kill -9 and a restart, and clients come back', async () => {
  server = await startTestServer();
  const nc = await server.connect();
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: 'S', subjects: ['s'] });
  await jetstream(nc).publish('s', 'one');
  const pid = server.pid;
  const reconnected = (async () => {
    for await (const status of nc.status()) if (status.type === 'reconnect') return;
  })();
  await server.kill9();
  await server.restart();
  expect(server.pid).not.toBe(pid);
  await reconnected;
  expect((await jsm.streams.getMessage('S', { seq: 1 }))?.string()).toBe('one');
  await nc.close();
});
