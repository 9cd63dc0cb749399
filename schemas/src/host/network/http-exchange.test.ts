import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { networkFault } from './fault.js';
import { exchange, textOf } from './http-exchange.js';
import {
  listening,
  type ProxyBehaviour,
  stopped,
  type TestAuthority,
  type TestProxy,
  testAuthority,
  testProxy,
} from './testing.js';

let authority: TestAuthority;
let hub: Server;
let tlsHub: Server;
let hubPort: number;
let tlsPort: number;
let proxy: TestProxy;
let reached: number;

beforeAll(async () => {
  authority = await testAuthority();
  hub = createServer((_request, response) => {
    reached += 1;
    response.end('the hub');
  });
  tlsHub = createTlsServer(await authority.issue('hub.test'), (_request, response) => {
    reached += 1;
    response.end('the hub, by TLS');
  });
  [hubPort, tlsPort] = await Promise.all([listening(hub), listening(tlsHub)]);
});

afterAll(async () => {
  await Promise.all([stopped(hub), stopped(tlsHub), authority.remove()]);
});

beforeEach(async () => {
  reached = 0;
  await behaving({});
});

afterEach(() => proxy.stop());

async function behaving(behaviour: ProxyBehaviour): Promise<void> {
  await proxy?.stop().catch(() => undefined);
  proxy = await testProxy({ routes: { 'hub.test:7700': hubPort, 'hub.test:443': tlsPort }, ...behaviour });
}

async function ask(url: string, env: Readonly<Record<string, string>>, signal = AbortSignal.timeout(10_000)) {
  const { status, body } = await exchange({ method: 'GET', url, headers: {}, env, signal });
  return `${status} ${await textOf(body)}`;
}

async function faultOf(url: string, env: Readonly<Record<string, string>>): Promise<string> {
  const error: unknown = await ask(url, env).then(
    (answer) => `answered ${answer}`,
    (cause: unknown) => cause,
  );
  const fault = networkFault(error, url);
  return fault === undefined ? String(error) : `${fault.what}. ${fault.remedy}${fault.passing ? ' [passing]' : ''}`;
}

describe('a hub that is reached through a proxy alone', () => {
  it('answers', async () => {
    expect(await ask('http://hub.test:7700/x', { HTTP_PROXY: proxy.url })).toBe('200 the hub');
    expect(proxy.asked).toEqual(['hub.test:7700']);
  });

  it('answers by TLS, whose end is the hub', async () => {
    const env = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: authority.file };
    expect(await ask('https://hub.test', env)).toBe('200 the hub, by TLS');
  });

  it('is asked for with user and password, decoded', async () => {
    await behaving({ login: 'me:p@ss' });
    expect(await ask('http://hub.test:7700', { HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}` })).toBe(
      '200 the hub',
    );
  });

  it.each([
    [{ login: 'me:secret' }, 'asks for a user name and password'],
    [{ status: 403 }, 'refused to connect to hub.test:7700 (HTTP 403)'],
    [{ status: 502 }, 'could not connect to hub.test:7700 (HTTP 502)'],
    [{ status: 302 }, 'refused to connect to hub.test:7700 (HTTP 302)'],
    [{ routes: {} }, 'could not connect to hub.test:7700 (HTTP 502)'],
  ])('with a proxy that is %j says so', async (behaviour, words) => {
    await behaving(behaviour);
    const said = await faultOf('http://hub.test:7700', { HTTP_PROXY: proxy.url });
    expect(said).toContain(`the proxy ${proxy.url} (HTTP_PROXY) ${words}`);
  });

  it('with a proxy that answers with a page after it has agreed says that this is not HTTP of a hub', async () => {
    const page = createNetServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n<html>blocked</html>'));
    });
    const port = await listening(page);
    const said = await faultOf('http://hub.test:7700', { HTTP_PROXY: `http://me:secret@127.0.0.1:${port}` });
    await stopped(page);
    expect(said).toMatch(/^hub\.test:7700 does not speak HTTP\. Check the address, its port and any proxy/);
  });

  it('never shows the password of a proxy', async () => {
    await behaving({ login: 'me:other' });
    const said = await faultOf('http://hub.test:7700', { HTTP_PROXY: `http://me:secret@127.0.0.1:${proxy.port}` });
    expect(said).toContain('rejected the user name and password');
    expect(said).not.toContain('secret');
  });

  it('says which proxy is down', async () => {
    await proxy.stop();
    const said = await faultOf('http://hub.test:7700', { HTTP_PROXY: `http://me:secret@127.0.0.1:${proxy.port}` });
    expect(said).toContain(`${proxy.url} (HTTP_PROXY) cannot be reached: ECONNREFUSED`);
    expect(said).toContain('[passing]');
    await behaving({});
  });

  it('is given up in time when the proxy says nothing, and holds nothing open', async () => {
    await behaving({ status: 0 });
    const signal = AbortSignal.timeout(100);
    await expect(ask('http://hub.test:7700', { HTTP_PROXY: proxy.url }, signal)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    while (proxy.open() > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a hub that is reached directly', () => {
  it('may have an IPv6 address, by TLS as well', async () => {
    const six = createServer((_request, response) => response.end('six'));
    const port = await listening(six, '::1');
    expect(await ask(`http://[::1]:${port}`, {})).toBe('200 six');
    await stopped(six);
    const cert = await authority.issue('::1');
    const secure = createTlsServer(cert, (_request, response) => response.end('six, by TLS'));
    const securePort = await listening(secure, '::1');
    expect(await ask(`https://[::1]:${securePort}`, { SSL_CERT_FILE: authority.file })).toBe('200 six, by TLS');
    await stopped(secure);
  });

  it.each(['127.0.0.1', 'localhost'])('is one of this machine, whatever proxy there is (%s)', async (host) => {
    expect(await ask(`http://${host}:${hubPort}`, { HTTP_PROXY: proxy.url })).toBe('200 the hub');
    expect(proxy.asked).toEqual([]);
  });
});

it('connects to the address that it is given, and holds the certificate against the name', async () => {
  const signal = AbortSignal.timeout(10_000);
  const pinned = { method: 'GET', headers: {}, signal, address: '127.0.0.1' };
  const plain = await exchange({ ...pinned, url: `http://hub.test:${hubPort}`, env: {} });
  expect(await textOf(plain.body)).toBe('the hub');
  const env = { SSL_CERT_FILE: authority.file };
  const secure = await exchange({ ...pinned, url: `https://hub.test:${tlsPort}`, env });
  expect(await textOf(secure.body)).toBe('the hub, by TLS');
  await expect(exchange({ ...pinned, url: `https://other.test:${tlsPort}`, env })).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

describe('a certificate of a private authority', () => {
  it.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])('is accepted when %s names it', async (name) => {
    const env = { HTTPS_PROXY: proxy.url, [name]: authority.file };
    expect(await ask('https://hub.test', env)).toBe('200 the hub, by TLS');
  });

  it('is refused otherwise before anything is sent, saying what to set', async () => {
    const said = await faultOf('https://hub.test', { HTTPS_PROXY: proxy.url });
    expect(said).toContain('the certificate of hub.test was issued by an authority that this machine does not trust');
    expect(said).toContain('NODE_EXTRA_CA_CERTS');
    expect(reached).toBe(0);
  });

  it('does not make another name good', async () => {
    const said = await faultOf(`https://localhost:${tlsPort}`, { SSL_CERT_FILE: authority.file });
    expect(said).toContain('was issued for another name');
    expect(reached).toBe(0);
  });

  it('that cannot be read is named', async () => {
    expect(await faultOf('https://hub.test', { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: '/nowhere/ca.pem' })).toContain(
      'SSL_CERT_FILE names /nowhere/ca.pem, which cannot be read (ENOENT)',
    );
  });

  it('says that there is no TLS at all', async () => {
    expect(await faultOf(`https://127.0.0.1:${hubPort}`, {})).toContain('does not speak TLS');
  });
});

it('asks a proxy that itself speaks TLS', async () => {
  const front = createTlsServer(await authority.issue('localhost'));
  const port = await listening(front);
  front.on('connect', (_request, client) => client.end('HTTP/1.1 403 No\r\n\r\n'));
  const said = await faultOf('http://hub.test:7700', {
    HTTP_PROXY: `https://localhost:${port}`,
    SSL_CERT_FILE: authority.file,
  });
  await stopped(front);
  expect(said).toContain('refused to connect to hub.test:7700 (HTTP 403)');
});
