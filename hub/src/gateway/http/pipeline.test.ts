import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { SocketHolds } from '../socket-holds.js';
import { takeInTurn } from './pipeline.js';

async function listening({
  waitingMax,
  onTaken,
}: {
  waitingMax?: number;
  onTaken: (response: ServerResponse) => void;
}) {
  const taken: string[] = [];
  const holds = new SocketHolds();
  const server = createServer((request, response) => {
    taken.push(request.url ?? '');
    onTaken(response);
  });
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  takeInTurn(server, holds, waitingMax);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const clients: Socket[] = [];
  onTestFinished(() => {
    for (const socket of clients) socket.destroy();
    server.close();
  });
  const open = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
    clients.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const isHeld = (): boolean => sockets.some((socket) => holds.isHeld(socket));
  return { taken, open, isHeld };
}

const requests = (name: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `GET /${name}${i} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join('');

test('requests sent at once over a connection are taken one after the other, and those of others in between', async () => {
  const { taken, open } = await listening({ onTaken: (response) => setImmediate(() => response.end()) });
  const clients = [
    { name: 'a', socket: await open() },
    { name: 'b', socket: await open() },
  ];
  for (const { name, socket } of clients) socket.write(requests(name, 20));
  await expect.poll(() => taken.length).toBe(40);
  const ofA = taken.filter((url) => url.startsWith('/a'));
  expect(ofA).toEqual(Array.from({ length: 20 }, (_, i) => `/a${i}`));
  // Neither has all of its requests taken before the other's first.
  expect(taken.indexOf('/b0')).toBeLessThan(taken.indexOf('/a19'));
  expect(taken.indexOf('/a0')).toBeLessThan(taken.indexOf('/b19'));
});

test('a connection is not read while several of its requests wait, and read again when they are done', async () => {
  const inHand: ServerResponse[] = [];
  const { taken, open, isHeld } = await listening({ onTaken: (response) => inHand.push(response) });
  const socket = await open();
  socket.write(requests('a', 5));
  await expect.poll(isHeld).toBe(true);
  socket.write(requests('b', 1));
  for (let answered = 0; answered < 6; answered++) {
    await expect.poll(() => inHand.length).toBe(answered + 1);
    inHand[answered]?.end();
  }
  expect(taken.at(-1)).toBe('/b0');
  expect(isHeld()).toBe(false);
});

test('whoever has more requests waiting than all connections may is disconnected, and the others are not', async () => {
  const inHand: ServerResponse[] = [];
  const { taken, open } = await listening({ waitingMax: 10, onTaken: (response) => inHand.push(response) });
  const good = await open();
  good.write(requests('good', 3));
  const flooder = await open();
  const closed = once(flooder, 'close');
  flooder.write(requests('flood', 20));
  await closed;
  for (let answered = 0; taken.at(-1) !== '/good2'; answered++) {
    await expect.poll(() => inHand.length).toBeGreaterThan(answered);
    inHand[answered]?.end();
  }
  expect(taken.filter((url) => url.startsWith('/flood'))).toEqual(['/flood0']);
});
