import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { takeInTurn } from './pipeline.js';

test('requests sent at once over a connection are taken one after the other, and those of others in between', async () => {
  const taken: string[] = [];
  const server = createServer((request, response) => {
    taken.push(request.url ?? '');
    setImmediate(() => response.end());
  });
  takeInTurn(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients = ['a', 'b'].map((name) => {
    const socket = connect(port, '127.0.0.1');
    socket.resume();
    const head = (i: number) => `GET /${name}${i} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    return { socket, send: () => socket.write(Array.from({ length: 20 }, (_, i) => head(i)).join('')) };
  });
  onTestFinished(() => {
    for (const { socket } of clients) socket.destroy();
    server.close();
  });
  await Promise.all(clients.map(({ socket }) => once(socket, 'connect')));
  for (const { send } of clients) send();
  await expect.poll(() => taken.length).toBe(40);
  const ofA = taken.filter((url) => url.startsWith('/a'));
  expect(ofA).toEqual(Array.from({ length: 20 }, (_, i) => `/a${i}`));
  // Neither has all of its requests taken before the other's first.
  expect(taken.indexOf('/b0')).toBeLessThan(taken.indexOf('/a19'));
  expect(taken.indexOf('/a0')).toBeLessThan(taken.indexOf('/b19'));
});
