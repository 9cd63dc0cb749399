import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  connectionOptions,
  connectNats,
  type NatsStatus,
  NatsUnsuitable,
  readCredentials,
  redactUrl,
} from './connect.js';
import { freePort } from './port.js';
import { startTestServer, type TestServer } from './testing.js';

let folder: string;
let cleanups: (() => unknown)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentcom-connect-'));
  cleanups = [() => rmSync(folder, { recursive: true, force: true })];
});

afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function testServer(): Promise<TestServer> {
  const server = await startTestServer();
  cleanups.push(() => server.stop());
  return server;
}

async function connectTo(target: Parameters<typeof connectNats>[0]) {
  const nc = await connectNats(target);
  cleanups.push(() => nc.close());
  return nc;
}

/** A server that says of itself what it is told to say, and answers pings. */
async function pretender(info: object): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(`INFO ${JSON.stringify({ server_id: 'P', proto: 1, headers: true, host: '127.0.0.1', ...info })}\r\n`);
    socket.on('data', (data) => {
      if (data.includes('PING')) socket.write('PONG\r\n');
    });
  });
  cleanups.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('unreachable');
  return `127.0.0.1:${address.port}`;
}

describe('credentials', () => {
  test('from the address, or from elsewhere instead', async () => {
    const server = await testServer();
    const withUser = server.url.replace('//', `//${server.user}:${server.password}@`);
    await connectTo({ url: withUser, name: 'test' });
    const credentials = { user: server.user, password: server.password };
    await connectTo({ url: server.url.replace('//', '//nobody:wrong@'), credentials, name: 'test' });
  });

  test('refused ones end the attempt and are not repeated in the error', async () => {
    const server = await testServer();
    const url = server.url.replace('//', '//test:a-wrong-password@');
    const failure = await connectNats({ url, name: 'test' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(String(failure)).toMatch(/authorization/i);
    expect(String(failure)).not.toContain('a-wrong-password');
  });

  test('in a file are told apart by their content', () => {
    const file = join(folder, 'credentials');
    const read = (text: string) => {
      writeFileSync(file, text, { mode: 0o600 });
      return readCredentials(file);
    };
    expect(read('ann:pass:word\n')).toEqual({ user: 'ann', password: 'pass:word' });
    expect(read('a-token\n')).toEqual({ token: 'a-token' });
    const seed = `SU${'A'.repeat(56)}`;
    expect(read(`${seed}\n`)).toEqual({ nkeySeed: seed });
    const creds = '-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------';
    expect(read(creds)).toEqual({ creds });
    expect(() => read('  \n')).toThrow(`${file} does not contain a NATS credential`);
    const failure = (() => {
      try {
        return read('two words of secret');
      } catch (error) {
        return error;
      }
    })();
    expect(String(failure)).toContain('must hold one line');
    expect(String(failure)).not.toContain('secret');
  });

  test('never show in a redacted address', () => {
    expect(redactUrl('nats://ann:secret@host:4222')).toBe('nats://***@host:4222');
    expect(redactUrl('tls://t0ken@a:1, nats://b:2,c:x@d')).toBe('tls://***@a:1,nats://b:2,***@d');
    expect(redactUrl('nats://ann:se@cret@host')).toBe('nats://***@host');
    expect(redactUrl('host:4222')).toBe('host:4222');
  });
});

describe('waiting for a server', () => {
  test('goes on until one is there', async () => {
    const server = await testServer();
    await server.halt();
    const credentials = { user: server.user, password: server.password };
    const connecting = connectTo({ url: server.url, credentials, name: 'test' });
    await server.restart();
    expect((await connecting).info?.jetstream).toBe(true);
  });

  test('ends when it is called off', async () => {
    const giveUp = new AbortController();
    const connecting = connectNats({ url: `127.0.0.1:${await freePort()}`, name: 'test', signal: giveUp.signal });
    giveUp.abort();
    await expect(connecting).rejects.toThrow(/aborted/);
  });
});

describe('a server that will not do is refused', () => {
  const fit = { version: '2.10.0', jetstream: true, max_payload: 8 * 1024 * 1024 };

  test('too old, with what to do and without the credential', async () => {
    const address = await pretender({ ...fit, version: '2.9.25' });
    const failure = connectNats({ url: `nats://ann:secret@${address}`, name: 'test' });
    await expect(failure).rejects.toMatchObject({
      name: 'NatsTooOld',
      version: '2.9.25',
      where: `nats://***@${address}`,
    });
    await expect(failure).rejects.toThrow(/is too old: install nats-server 2\.10 or newer/);
  });

  test('without JetStream', async () => {
    const address = await pretender({ ...fit, jetstream: false });
    await expect(connectNats({ url: address, name: 'test' })).rejects.toThrow(/runs without JetStream: add/);
  });

  test('with too small messages', async () => {
    const address = await pretender({ ...fit, max_payload: 1024 * 1024 });
    await expect(connectNats({ url: address, name: 'test' })).rejects.toThrow(/set "max_payload: 8MB"/);
  });

  test('but not one that just suffices', async () => {
    await connectTo({ url: await pretender(fit), name: 'test' });
  });

  test('as is an address that is none', async () => {
    for (const url of ['http://ann:secret@host', 'nats://', 'nats://ann:secret@host:x', '']) {
      const failure = await connectNats({ url, name: 'test' }).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(NatsUnsuitable);
      expect(failure).toMatchObject({
        message: expect.stringContaining('write nats://HOST:PORT'),
      });
      expect(String(failure)).not.toContain('secret');
    }
  });
});

test('it tells of every break, whether the server is another process after it, and of the end', async () => {
  const server = await testServer();
  const statuses: NatsStatus[] = [];
  let heard: () => void = () => undefined;
  const onStatus = (status: NatsStatus) => {
    statuses.push(status);
    heard();
  };
  const until = (kind: NatsStatus['kind']) =>
    new Promise<void>((resolve) => {
      heard = () => {
        if (statuses.at(-1)?.kind === kind) resolve();
      };
    });
  const credentials = { user: server.user, password: server.password };
  const nc = await connectTo({ url: server.url, credentials, name: 'test', onStatus });
  const same = until('reconnected');
  await nc.reconnect();
  await same;
  const other = until('reconnected');
  await server.kill9();
  await server.restart();
  await other;
  const closed = until('closed');
  await nc.close();
  await closed;
  expect(statuses).toEqual([
    { kind: 'disconnected' },
    { kind: 'reconnected' },
    { kind: 'disconnected' },
    { kind: 'reconnected' },
    { kind: 'closed', error: null },
  ]);
});

test('another process is told of each server of a cluster', () => {
  const credentials = { user: 'u', password: 'p' };
  expect(connectionOptions('nats://a:4222,nats://b', credentials)).toEqual({
    servers: ['a:4222', 'b'],
    user: 'u',
    pass: 'p',
  });
  expect(connectionOptions('tls://a:4222')).toEqual({ servers: ['a:4222'], tls: {} });
});
