// The wire on a real socket: what it reads, what it sends, and how it ends.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES, type SidecarFrame } from '@agentcom/schemas';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Rests } from '../rests.js';
import { SocketHolds } from '../socket-holds.js';
import { SocketWire } from './wire.js';

const undo: (() => void)[] = [];

afterEach(() => {
  for (const end of undo.splice(0)) end();
});

/** A wire, what it hears, and the client at its other end. */
async function pair(
  onFrame: (frame: SidecarFrame) => void = () => undefined,
  rests = new Rests(() => performance.now()),
) {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, autoPong: false });
  const heard: (SidecarFrame['type'] | 'unreadable')[] = [];
  const defects: unknown[] = [];
  const holds = new SocketHolds();
  const counted = { bytes: 0, controls: 0 };
  let connection: Socket | undefined;
  let onClosed: (code: number) => void = () => undefined;
  const closed = new Promise<number>((resolve) => {
    onClosed = resolve;
  });
  const wired = new Promise<SocketWire>((resolve) => {
    server.on('upgrade', (request, stream: Duplex, head) => {
      connection = request.socket;
      sockets.handleUpgrade(request, stream, head, (socket) => {
        const bodies = { put: () => Promise.reject(), get: () => Promise.reject() };
        const wire = new SocketWire(socket, stream, {
          bodies,
          holds,
          rests,
          org: 'acme',
          onFailed: () => undefined,
          onDefect: (error) => defects.push(error),
        });
        wire.listen({
          heard: () => undefined,
          read: (bytes) => {
            counted.bytes += bytes;
          },
          control: () => {
            counted.controls++;
          },
          frame: (frame) => {
            onFrame(frame);
            heard.push(frame.type);
          },
          unreadable: () => heard.push('unreadable'),
          closed: onClosed,
        });
        resolve(wire);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const said: string[] = [];
  client.on('message', (data) => said.push(String(data)));
  undo.push(() => {
    client.terminate();
    server.closeAllConnections();
    server.close();
  });
  await once(client, 'open');
  return {
    wire: await wired,
    heard,
    defects,
    holds,
    counted,
    closed,
    client,
    said,
    stream: () => connection as Socket,
  };
}

const goodbye = { code: CLOSE_CODES.protocolError, reason: 'enough' };

test('the frames of a turn arrive in order, and before the close', async () => {
  const { wire, client, said } = await pair();
  for (const re of ['1', '2', '3']) wire.send({ type: 'ok', re });
  wire.close({ ...goodbye, error: { code: 'rate.limited', message: 'too much', retryAfterMs: 5 } });
  wire.send({ type: 'ok', re: 'late' });
  expect((await once(client, 'close'))[0]).toBe(goodbye.code);
  expect(said.map((text) => JSON.parse(text))).toMatchObject([
    { re: '1' },
    { re: '2' },
    { re: '3' },
    { type: 'error', code: 'rate.limited', retryAfterMs: 5 },
  ]);
});

test('a refused frame that took long is followed by a rest, and then the next is read', async () => {
  const { heard, holds, client, stream } = await pair();
  const large = JSON.stringify({ type: 'nothing', data: Array.from({ length: 100_000 }, (_, i) => i % 10) });
  client.send(large);
  await expect.poll(() => heard.length).toBe(1);
  expect(holds.isHeld(stream())).toBe(true);
  client.send(JSON.stringify({ type: 'heartbeat' }));
  await expect.poll(() => heard).toEqual(['unreadable', 'heartbeat']);
});

test('a frame at which the hub fails ends its connection, and nothing else', async () => {
  const planted = new Error('planted');
  const { defects, client } = await pair(() => {
    throw planted;
  });
  client.send(JSON.stringify({ type: 'heartbeat' }));
  expect((await once(client, 'close'))[0]).toBe(CLOSE_CODES.hubRestarting);
  expect(defects).toEqual([planted]);
});

test('many frames that arrive together are taken up over several turns, in order', async () => {
  let turn = 0;
  const turns: number[] = [];
  const { client, heard } = await pair(() => turns.push(turn));
  const count = (): void => {
    turn++;
    if (turns.length < 100) setImmediate(count);
  };
  count();
  for (let i = 0; i < 100; i++) client.send(JSON.stringify({ type: 'heartbeat' }));
  client.send('no JSON');
  await expect.poll(() => heard.length).toBe(101);
  expect(heard).toEqual([...turns.map(() => 'heartbeat'), 'unreadable']);
  for (const one of turns) expect(turns.filter((other) => other === one).length).toBeLessThanOrEqual(32);
});

test('after a refusal the frames that arrive together are taken up one in a turn', async () => {
  let turn = 0;
  const turns: number[] = [];
  const { wire, client, heard } = await pair(() => turns.push(turn));
  const count = (): void => {
    turn++;
    if (turns.length < 40) setImmediate(count);
  };
  wire.send({ type: 'error', re: 'x', code: 'task.stale_generation', message: 'm', details: [], retryable: false });
  count();
  for (let i = 0; i < 40; i++) client.send(JSON.stringify({ type: 'heartbeat' }));
  await expect.poll(() => heard.length).toBe(40);
  for (const one of turns) expect(turns.filter((other) => other === one).length).toBeLessThanOrEqual(2);
});

test('what came before the close is taken up, however much it is', async () => {
  const { client, closed, heard } = await pair();
  for (let i = 0; i < 100; i++) client.send(JSON.stringify({ type: 'heartbeat' }));
  client.close(1000);
  await closed;
  expect(heard.length).toBe(100);
});

test('nothing is taken up after the close', async () => {
  const { wire, heard, closed, client } = await pair();
  client.send('no JSON');
  await expect.poll(() => heard).toEqual(['unreadable']);
  client.send('no JSON');
  client.send(JSON.stringify({ type: 'heartbeat' }));
  wire.close(goodbye);
  expect(await closed).toBe(goodbye.code);
  expect(heard).toEqual(['unreadable']);
});

test('a socket that was held is read again when it closes, so that both ends agree on why', async () => {
  const { wire, closed, client } = await pair();
  wire.hold('rate', true);
  // More than what the system and the stream take in for a socket that is not read.
  for (let i = 0; i < 20; i++) client.send('x'.repeat(200_000));
  wire.close(goodbye);
  expect(await closed).toBe(goodbye.code);
});

test('what comes is counted as it comes, and control frames apart from others', async () => {
  const { client, counted } = await pair();
  client.ping();
  client.pong();
  client.send(JSON.stringify({ type: 'heartbeat' }), { fin: false });
  await expect.poll(() => counted.controls).toBe(2);
  // Half a message is nothing yet, but its bytes are there.
  await expect.poll(() => counted.bytes).toBeGreaterThan(6 + 6 + 20);
});

test('a ping is answered', async () => {
  const { client } = await pair();
  const answered = once(client, 'pong');
  client.ping('hello');
  expect(String((await answered)[0])).toBe('hello');
});

test('after a flood nothing is read before the close, and the reason still arrives', async () => {
  const { wire, client, stream } = await pair();
  const closed = once(client, 'close');
  wire.hold('banned', true);
  wire.close({ code: CLOSE_CODES.tooManyViolations, reason: 'too many' });
  for (let i = 0; i < 20; i++) client.send('x'.repeat(200_000));
  expect((await closed)[0]).toBe(CLOSE_CODES.tooManyViolations);
  // What the system takes in for a socket that is not read is less.
  expect(stream().bytesRead).toBeLessThan(100_000);
});

test('all pings of a turn are counted, and the newest is answered', async () => {
  const { client, counted } = await pair();
  const pongs: string[] = [];
  client.on('pong', (data) => pongs.push(String(data)));
  const stream = (client as unknown as { _socket: Socket })._socket;
  stream.cork();
  for (let i = 1; i <= 50; i++) client.ping(String(i));
  stream.uncork();
  await expect.poll(() => pongs.at(-1)).toBe('50');
  expect([counted.controls, pongs.length < 50]).toEqual([50, true]);
});

test('a large frame waits until the rest of its organisation is over', async () => {
  const clock = { now: 5_000 };
  const rests = new Rests(() => clock.now);
  for (const org of ['other', 'acme']) rests.used(org);
  const { heard, client } = await pair(undefined, rests);
  rests.spent('acme', 1, 'done');
  client.send(JSON.stringify({ type: 'nothing', data: 'x'.repeat(20_000) }));
  client.ping();
  await once(client, 'pong');
  expect(heard).toEqual([]);
  clock.now += 3;
  await expect.poll(() => heard).toEqual(['unreadable']);
});
