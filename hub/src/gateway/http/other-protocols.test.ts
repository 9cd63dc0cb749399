import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ignoreOtherProtocols, isForWebSocket } from './other-protocols.js';

let server: Server;

beforeEach(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (bytes) => (body += bytes));
    request.on('end', () => response.end(`${request.method} ${request.url} ${request.headers.upgrade} ${body};`));
  });
  ignoreOtherProtocols(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Sends one after the other over one connection, each when there is an answer to the one before. */
function exchange(...requests: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => sendNext());
    let answer = '';
    const sendNext = (): void => {
      const next = requests[sent++];
      if (next !== undefined) socket.write(next);
    };
    let sent = 0;
    socket.on('data', (bytes) => {
      answer += bytes;
      if (answer.split(';').length > sent) sendNext();
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const H2C = 'Host: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
const LAST = 'GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

test('a request that would rather have h2c gets its answer, and the connection goes on', async () => {
  const post = `POST /b HTTP/1.1\r\n${H2C}Content-Length: 4\r\n\r\nbody`;
  const answer = await exchange(`GET /a HTTP/1.1\r\n${H2C}\r\n`, post, LAST);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(Array(3).fill('HTTP/1.1 200'));
  expect(answer).toMatch(/GET \/a undefined ;[\s\S]*POST \/b undefined body;[\s\S]*GET \/last undefined ;/);
});

test('a WebSocket is left to whoever takes it, and answered like any request when nobody does', async () => {
  const opening = 'GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n';
  expect(await exchange(opening)).toMatch(/^HTTP\/1\.1 200 [\s\S]*GET \/ws/);
  server.on('upgrade', (request, socket) => {
    if (isForWebSocket(request)) socket.end('taken');
  });
  expect(await exchange(opening)).toBe('taken');
  expect(await exchange(`GET /a HTTP/1.1\r\n${H2C}\r\n`, LAST)).toContain('GET /a');
});
