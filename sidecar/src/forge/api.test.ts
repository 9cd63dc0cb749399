import { createServer } from 'node:net';
import { testProxy } from '@agentcom/schemas/host/network/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ForgeApi, ForgeError } from './api.js';
import { type FakeForge, type ForgeAnswer, startFakeForge } from './fixture.js';

let forge: FakeForge | undefined;
afterEach(async () => {
  await forge?.stop();
  forge = undefined;
});

const never = new AbortController().signal;

async function refusalOf(answer: ForgeAnswer, timeoutMs = 20_000): Promise<ForgeError> {
  forge = await startFakeForge(() => answer);
  const api = new ForgeApi({ url: forge.url, headers: {}, signal: never, timeoutMs });
  const error = await api.post('/x', {}).catch((reason: unknown) => reason);
  if (!(error instanceof ForgeError)) throw new Error('the call was expected to be refused');
  return error;
}

describe('what a forge refuses', () => {
  it.each([
    [{ status: 401 }, 'forge.unauthorized', 'permanent'],
    [{ status: 403, body: { message: 'no' } }, 'forge.forbidden', 'permanent'],
    [{ status: 403, headers: { 'retry-after': '7' } }, 'forge.rate_limited', 'transient'],
    [
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' } },
      'forge.rate_limited',
      'transient',
    ],
    [{ status: 403, body: { message: 'API rate limit exceeded for user' } }, 'forge.rate_limited', 'transient'],
    [
      { status: 429, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '1' } },
      'forge.rate_limited',
      'transient',
    ],
    [{ status: 404 }, 'forge.not_found', 'permanent'],
    [
      { status: 422, body: { message: 'Validation Failed', errors: [{ field: 'base' }] } },
      'forge.refused',
      'permanent',
    ],
    [{ status: 307, headers: { location: '/elsewhere' } }, 'forge.moved', 'permanent'],
    [{ status: 500 }, 'forge.failed', 'transient'],
    [{ status: 503, body: '<html>down</html>' }, 'forge.failed', 'transient'],
  ] as const)('with %j is %s and %s', async (answer, code, kind) => {
    expect((await refusalOf(answer)).failure).toMatchObject({ code, class: kind });
  });

  it('is told in the words of the forge, whether they are text or objects', async () => {
    const { failure } = await refusalOf({ status: 422, body: { message: { base: ['is invalid'] }, error: 'no' } });
    expect(failure.message).toContain('{"base":["is invalid"]} no');
  });

  it('says how long a limit lasts', async () => {
    expect((await refusalOf({ status: 429, headers: { 'retry-after': '61' } })).failure.message).toContain('for 61 s');
  });
});

describe('a forge that does not answer', () => {
  it('in time is a passing failure', async () => {
    expect((await refusalOf(null, 50)).failure).toMatchObject({ code: 'forge.timeout', class: 'transient' });
  });

  it('at all is a passing failure that says why', async () => {
    const port = await unusedPort();
    const api = new ForgeApi({ url: `http://127.0.0.1:${port}`, headers: {}, signal: never });
    await expect(api.get('/x')).rejects.toMatchObject({ failure: { code: 'forge.unreachable', class: 'transient' } });
    await expect(api.get('/x')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('is given up when the attempt is stopped, with the reason of that', async () => {
    const abort = new AbortController();
    const reason = new Error('the attempt was stopped');
    forge = await startFakeForge(() => {
      abort.abort(reason);
      return null;
    });
    const api = new ForgeApi({ url: forge.url, headers: {}, signal: abort.signal });
    await expect(api.get('/x')).rejects.toBe(reason);
  });

  it('with anything but far too much is read to its end', async () => {
    forge = await startFakeForge(() => ({ status: 200, body: 'x'.repeat(5 * 1024 * 1024) }));
    const api = new ForgeApi({ url: forge.url, headers: {}, signal: never });
    await expect(api.get('/x')).rejects.toThrow(/too large/);
  });
});

describe('a forge on a network with something in between', () => {
  it('is reached through the proxy that the environment names', async () => {
    forge = await startFakeForge(() => ({ status: 200, body: { number: 7 } }));
    const proxy = await testProxy({ routes: { 'forge.test:80': Number(new URL(forge.url).port) } });
    const env = { HTTP_PROXY: proxy.url };
    const api = new ForgeApi({ url: 'http://forge.test', headers: { authorization: 't' }, signal: never, env });
    expect(await api.get('/x')).toEqual({ number: 7 });
    await proxy.stop();
  });

  it('names the proxy that is in the way', async () => {
    const proxy = await testProxy({ status: 407 });
    const api = new ForgeApi({ url: 'http://forge.test', headers: {}, signal: never, env: { ALL_PROXY: proxy.url } });
    await expect(api.get('/x')).rejects.toThrow(/the proxy .* \(ALL_PROXY\) asks for a user name and password/);
    await proxy.stop();
  });

  it('is not believed when a web page answers', async () => {
    const { failure } = await refusalOf({ status: 200, body: '<html>sign in</html>' });
    expect(failure).toMatchObject({ class: 'transient', code: 'forge.failed' });
    expect(failure.message).toContain('something other than JSON');
  });

  it('follows a redirect on the same host, and gives its token to no other', async () => {
    const other = await startFakeForge(() => ({ status: 200, body: {} }));
    const moved = (location: string) => ({ status: 301, headers: { location } });
    forge = await startFakeForge(({ path }) =>
      path === '/old' ? moved('/new') : path === '/away' ? moved(`${other.url}/x`) : { status: 200, body: { path } },
    );
    const api = new ForgeApi({ url: forge.url, headers: { 'private-token': 'secret' }, signal: never });
    expect(await api.get('/old')).toEqual({ path: '/new' });
    await expect(api.get('/away')).rejects.toMatchObject({ failure: { code: 'forge.moved' } });
    expect(other.calls).toEqual([]);
    await other.stop();
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
