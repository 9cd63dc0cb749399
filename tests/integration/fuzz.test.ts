// The bounded part of `npm run fuzz`, and what two readers of one HTTP message must not read differently.

import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FuzzTarget, KINDS } from '../fuzz/target.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { within } from '../support/wait.js';

const RUN = { seed: 20_260_131, runs: 200 };

const sandbox = new Sandbox();
let hub: Hub;
let target: FuzzTarget;

beforeAll(async () => {
  hub = await startHub(sandbox);
  target = await FuzzTarget.of(hub);
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

test.each(KINDS)('%s that no good client sends break nothing, and a good one is served all the while', (kind) =>
  target.run(kind, RUN),
);

const SMUGGLED = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';

test.each([
  ['both lengths', ['Content-Length: 4', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`],
  ['two different lengths', ['Content-Length: 0', `Content-Length: ${SMUGGLED.length}`], SMUGGLED],
  ['chunked, but not as the last encoding', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${SMUGGLED}`],
  ['a blank before the colon', ['Transfer-Encoding : chunked', 'Content-Length: 0'], SMUGGLED],
  ['a chunk of a negative size', ['Transfer-Encoding: chunked'], `-1\r\n${SMUGGLED}`],
  ['a length that is no number', ['Content-Length: 0x0'], SMUGGLED],
  ['a folded header', ['X-A: b\r\n Content-Length: 5'], SMUGGLED],
])('a request with %s is refused, and nothing after it is read', async (_what, headers, rest) => {
  const head = ['POST /api/v1/tasks HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${hub.key}`, ...headers];
  const socket = connect({ host: '127.0.0.1', port: hub.port });
  const heard: Buffer[] = [];
  socket.on('data', (data) => heard.push(data)).on('error', () => undefined);
  socket.write([...head, '', rest].join('\r\n'));
  await within(new Promise((resolve) => socket.once('close', resolve)), 20_000, 'the end of the connection');
  const answers = Buffer.concat(heard)
    .toString('latin1')
    .match(/HTTP\/1\.1 \d{3}/g);
  expect(answers).toEqual(['HTTP/1.1 400']);
});
