import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FinishedSpan } from '@agentcom/schemas';
import { listening, stopped, testProxy } from '@agentcom/schemas/host/network/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuardedHttp, type HttpOutParts } from './http-out.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const SECRET = 'T0PSECRET';
const PARENT_SPAN = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const OWN_SPAN = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01';

let server: Server;
let port: number;
let asked: IncomingMessage[];
let respond: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  respond = (_request, response) => response.end('fine');
  server = createServer((request, response) => {
    asked.push(request);
    respond(request, response);
  });
  port = await listening(server);
});

afterEach(() => stopped(server));

function out(parts: Partial<HttpOutParts> = {}): GuardedHttp {
  return new GuardedHttp({ env: {}, allowed: ['127.0.0.0/8'], now: () => NOW, ...parts });
}

function send(http: GuardedHttp, url = `http://127.0.0.1:${port}/${SECRET}`) {
  return http.send({ method: 'POST', url, headers: { authorization: SECRET }, body: 'hello' });
}

describe('a request', () => {
  it('is answered with status and text', async () => {
    expect(await send(out())).toEqual({ kind: 'answered', status: 200, body: 'fine' });
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST /${SECRET}`]);
  });

  it('carries its span while traces are on, under the one it is given, and nothing while they are off', async () => {
    const spans: FinishedSpan[] = [];
    const tracer = {
      begin: () => OWN_SPAN,
      record: (span: FinishedSpan) => void spans.push(span),
      close: async () => {},
    };
    const request = { method: 'POST', url: `http://127.0.0.1:${port}/${SECRET}`, headers: {}, body: '' } as const;
    await out({ tracer }).send({ ...request, traceparent: PARENT_SPAN });
    await out().send({ ...request, traceparent: PARENT_SPAN });
    expect(asked.map(({ headers }) => headers.traceparent)).toEqual([OWN_SPAN, undefined]);
    expect(spans).toMatchObject([{ kind: 'client', traceparent: OWN_SPAN, parent: PARENT_SPAN, error: undefined }]);
    expect(JSON.stringify(spans)).not.toContain(SECRET);
    await out({ tracer, allowed: [] }).send(request);
    expect(spans.at(-1)).toMatchObject({ error: 'unreachable' });
  });

  it.each([
    ['120', 120_000],
    ['Sun, 01 Mar 2026 12:05:00 GMT', 300_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['99999999', 24 * 3_600_000],
    ['soon', undefined],
  ])('says how long to wait (%s)', async (header, retryAfterMs) => {
    respond = (_request, response) => response.writeHead(429, { 'retry-after': header }).end();
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    expect(await send(out())).toEqual({ kind: 'answered', status: 429, body: '', ...wait });
  });

  it('follows no redirect', async () => {
    respond = (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end();
    expect(await send(out())).toMatchObject({ kind: 'answered', status: 307 });
    expect(asked).toHaveLength(1);
  });

  it('is given up when no answer comes', async () => {
    respond = () => undefined;
    expect(await send(out({ timeoutMs: 100 }))).toEqual({
      kind: 'failed',
      why: `127.0.0.1:${port} does not answer in time`,
      isPassing: true,
    });
  });

  it('is answered by its status although the text never ends', async () => {
    respond = (_request, response) => response.writeHead(503).write('half');
    expect(await send(out({ timeoutMs: 300 }))).toMatchObject({ kind: 'answered', status: 503, body: 'half' });
  });

  it('reads no more of a text than is of use', async () => {
    respond = (_request, response) => {
      const fill = () => {
        while (response.writable && response.write('x'.repeat(16_384)));
      };
      response.on('drain', fill);
      fill();
    };
    const answer = await send(out());
    expect(answer).toMatchObject({ kind: 'answered', status: 200 });
    expect('body' in answer && answer.body.length).toBe(65_536);
  });

  it.each([
    ['nobody listens', () => stopped(server).then(() => `http://127.0.0.1:${port}/${SECRET}`)],
    ['a name does not exist', async () => `http://nowhere.invalid/${SECRET}`],
    ['TLS is not spoken', async () => `https://127.0.0.1:${port}/${SECRET}`],
    ['the address is none', async () => `http://${SECRET}:port/`],
    [
      'the answer is not HTTP',
      async () => {
        respond = (_request, response) => response.socket?.end('250 hello\r\n');
        return `http://127.0.0.1:${port}/${SECRET}`;
      },
    ],
  ])('fails without a word of what is secret when %s', async (_what, address) => {
    const lookup = (host: string) =>
      host === '127.0.0.1'
        ? Promise.resolve([{ address: host, family: 4 }])
        : Promise.reject(Object.assign(new Error(SECRET), { code: 'ENOTFOUND' }));
    const answer = await send(out({ lookup }), await address());
    expect(answer.kind).toBe('failed');
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    if (server.listening) return;
    server = createServer();
    await listening(server);
  });
});

describe('a private address', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
    'is not called as %s',
    async (host) => {
      const answer = await send(out({ allowed: [] }), `http://${host}:${port}/`);
      expect(answer).toMatchObject({ kind: 'failed', isPassing: false });
      expect(asked).toEqual([]);
    },
  );

  it('is called where the request allows it', async () => {
    const to = { method: 'POST', url: `http://127.0.0.1:${port}/`, headers: {}, body: '' } as const;
    expect(await out({ allowed: [] }).send({ ...to, allowPrivate: true })).toMatchObject({ status: 200 });
    expect(await out({ allowed: [] }).send({ ...to, allowPrivate: false })).toMatchObject({ kind: 'failed' });
  });

  it('is not called by a name that resolves to it', async () => {
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const answer = await send(out({ allowed: [], lookup }), `http://public.example:${port}/`);
    expect(answer).toMatchObject({
      why: `public.example:${port} is a private address, or one of the hub's machine; whoever runs the hub can allow it with notifyPrivateAddresses, or for one webhook with allowPrivate`,
    });
    expect(asked).toEqual([]);
  });

  it('is not what is called after the name was looked at', async () => {
    const answers = ['127.0.0.1', '127.0.0.2'];
    const lookup = async () => [{ address: answers.shift() ?? 'again', family: 4 }];
    expect(await send(out({ allowed: ['127.0.0.1'], lookup }), `http://rebound.example:${port}/`)).toMatchObject({
      status: 200,
    });
    expect(asked[0]?.headers.host).toBe(`rebound.example:${port}`);
    expect(answers).toEqual(['127.0.0.2']);
  });

  it('among the addresses of a name is left out', async () => {
    const lookup = async () => [
      { address: '10.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    expect(await send(out({ lookup }), `http://mixed.example:${port}/`)).toMatchObject({ status: 200 });
  });
});

it('tries the next address of a name when one cannot be reached', async () => {
  const lookup = async () => ['127.0.0.3', '127.0.0.1'].map((address) => ({ address, family: 4 }));
  expect(await send(out({ lookup }), `http://two.example:${port}/`)).toMatchObject({ status: 200 });
});

describe('through a proxy', () => {
  it('goes what only the proxy can resolve where its name is allowed, since it may be a private address there', async () => {
    const proxy = await testProxy({ routes: { 'hooks.example:80': port, 'router.internal:80': port } });
    const lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    const parts = { env: { HTTP_PROXY: proxy.url }, allowed: [], lookup };
    expect(await send(out(parts), 'http://hooks.example/')).toEqual({
      kind: 'failed',
      why: 'the host name hooks.example cannot be resolved here; if only the proxy can, add it to notifyProxyNames of the hub',
      isPassing: true,
    });
    const http = out({ ...parts, proxyNames: ['*.example'] });
    expect(await send(http, 'http://router.internal/')).toMatchObject({ kind: 'failed' });
    expect(proxy.asked).toEqual([]);
    expect(await send(http, 'http://hooks.example/')).toMatchObject({ status: 200 });
    await proxy.stop();
  });

  it('goes nothing to a private address', async () => {
    const proxy = await testProxy({ routes: { '10.0.0.1:80': port } });
    const answer = await send(out({ env: { HTTP_PROXY: proxy.url }, allowed: [] }), 'http://10.0.0.1/');
    expect(answer).toMatchObject({ kind: 'failed', isPassing: false });
    expect(proxy.asked).toEqual([]);
    await proxy.stop();
  });
});

describe('a connection for another protocol', () => {
  it('is opened by the same rules', async () => {
    const dialled = await out().dial('127.0.0.1', port);
    expect(dialled.kind).toBe('connected');
    if (dialled.kind === 'connected') dialled.socket.destroy();
    expect(await out({ allowed: [] }).dial('localhost', port)).toMatchObject({ kind: 'failed', isPassing: false });
    expect(await out().dial('mail.example:587', 25)).toMatchObject({ kind: 'failed', isPassing: false });
  });
});
