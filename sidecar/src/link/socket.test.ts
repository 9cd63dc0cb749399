import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { FinishedSpan, Tracer } from '@agentcom/schemas';
import {
  listening,
  stopped,
  type TestAuthority,
  testAuthority,
  testProxy,
} from '@agentcom/schemas/host/network/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { FakeHub } from './fixture.js';
import { HubSocket } from './socket.js';

let authority: TestAuthority;

beforeAll(async () => {
  authority = await testAuthority();
});

afterAll(() => authority.remove());

type Env = Readonly<Record<string, string>>;

/** How the first try to open a socket ended, in one line. */
async function outcomeOf(hub: string, env: Env, tracer?: Tracer): Promise<string> {
  let socket: HubSocket | undefined;
  const said = await new Promise<string>((resolve) => {
    socket = new HubSocket(
      hub,
      'ac_key',
      {
        opened: () => resolve('opened'),
        heard: () => undefined,
        frame: () => undefined,
        unreadable: resolve,
        turnedAway: (status) => resolve(`turned away ${status}`),
        intercepted: (answer) => resolve(`intercepted by ${answer}`),
        foreign: () => resolve('foreign'),
        closed: (code, reason) => resolve(`closed ${code} ${reason}`),
      },
      env,
      tracer,
    );
  });
  await socket?.drop('the test is over');
  return said;
}

const SPAN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

it.each([
  [
    true,
    [SPAN],
    [{ name: 'GET', kind: 'client', traceparent: SPAN, attributes: { 'http.response.status_code': 101 } }],
  ],
  [false, [undefined], []],
])('a socket opens with its span in the request, if traces are on (%s)', async (isOn, carried, recorded) => {
  const hub = await FakeHub.start();
  const spans: FinishedSpan[] = [];
  const tracer: Tracer = { begin: () => SPAN, record: (span) => void spans.push(span), close: async () => undefined };
  expect(await outcomeOf(hub.url, {}, isOn ? tracer : undefined)).toBe('opened');
  expect(hub.traceparents).toEqual(carried);
  expect(spans).toMatchObject(recorded);
  await hub.stop();
});

describe('a socket to a hub that is reached through a proxy alone', () => {
  it('opens', async () => {
    const hub = await FakeHub.start();
    const proxy = await testProxy({ routes: { 'hub.test:7700': Number(new URL(hub.url).port) } });
    expect(await outcomeOf('http://hub.test:7700', { HTTP_PROXY: proxy.url })).toBe('opened');
    await Promise.all([hub.stop(), proxy.stop()]);
  });

  it('opens by TLS with the certificate of a private authority, and only with it', async () => {
    const server = createServer(await authority.issue('hub.test'));
    new WebSocketServer({ server, handleProtocols: () => 'agentcom.v1' });
    const proxy = await testProxy({ routes: { 'hub.test:443': await listening(server) } });
    const env = { HTTPS_PROXY: proxy.url };
    expect(await outcomeOf('https://hub.test', { ...env, NODE_EXTRA_CA_CERTS: authority.file })).toBe('opened');
    expect(await outcomeOf('https://hub.test', env)).toContain('authority that this machine does not trust');
    await Promise.all([stopped(server), proxy.stop()]);
  });

  it('says which proxy stands in the way, without its password', async () => {
    const proxy = await testProxy({ login: 'me:other' });
    const env = { HTTP_PROXY: `http://me:secret@127.0.0.1:${proxy.port}` };
    const said = await outcomeOf('http://hub.test:7700', env);
    expect(said).toContain(`the proxy ${proxy.url} (HTTP_PROXY) rejected the user name and password`);
    expect(said).not.toContain('secret');
    await proxy.stop();
  });

  it('leaves nothing open when it is dropped while the proxy says nothing', async () => {
    const proxy = await testProxy({ status: 0 });
    const silent = { opened: () => undefined, heard: () => undefined, frame: () => undefined };
    const unheard = {
      unreadable: () => undefined,
      turnedAway: () => undefined,
      foreign: () => undefined,
      intercepted: () => undefined,
    };
    const listener = { ...silent, ...unheard, closed: () => undefined };
    const socket = new HubSocket('http://hub.test:7700', 'ac_key', listener, { HTTP_PROXY: proxy.url });
    while (proxy.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await socket.drop('the test is over');
    while (proxy.open() > 0) await new Promise((resolve) => setImmediate(resolve));
    await proxy.stop();
  });
});

describe('an opening that something in between answers', () => {
  it.each([
    [200, { 'content-type': 'text/html' }, '<html>Welcome to our network</html>', 'a web page (HTTP 200)'],
    [302, { location: 'https://login.test/?token=secret' }, '', 'a redirect to https://login.test (HTTP 302)'],
    [403, { 'content-type': 'text/html' }, '<html>blocked</html>', 'a web page (HTTP 403)'],
    [401, { 'content-type': 'application/json' }, '{"error":"sign in"}', 'JSON that is not from a hub (HTTP 401)'],
    [426, {}, 'no', 'something that is not from a hub (HTTP 426)'],
  ])('with HTTP %i is not the hub', async (status, headers, body, words) => {
    const server = createPlainServer();
    const head = Object.entries({ ...headers, 'content-length': body.length }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    server.on('upgrade', (_request, socket) =>
      socket.end(`HTTP/1.1 ${status} X\r\n${head.join('\r\n')}\r\n\r\n${body}`),
    );
    const port = await listening(server);
    expect(await outcomeOf(`http://127.0.0.1:${port}`, {})).toBe(`intercepted by ${words}`);
    await stopped(server);
  });

  it("with an error of a hub's own is the hub", async () => {
    const hub = await FakeHub.start();
    hub.turnAway = { status: 403, code: 'auth.forbidden' };
    expect(await outcomeOf(hub.url, {})).toBe('turned away 403');
    await hub.stop();
  });
});
