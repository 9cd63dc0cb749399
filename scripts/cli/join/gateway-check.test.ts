// Against real servers on this machine that answer as gateways do, or as something else would.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkGateway } from './gateway-check.js';

const TOKEN = 'token-of-the-gateway';
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (status: number, body: string, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => response.writeHead(status, headers).end(body);
};

/** As one that has these APIs, and complains of the empty request. */
function gateway(paths: readonly string[], models: readonly string[] = []): RequestListener {
  return (request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return response.writeHead(401).end(`{"error":"Received API Key = ${request.headers.authorization}"}`);
    if (request.url === '/v1/models') return response.end(JSON.stringify({ data: models.map((id) => ({ id })) }));
    if (!paths.includes(request.url ?? '')) return response.writeHead(404).end('{"detail":"Not Found"}');
    return response.writeHead(400).end('{"error":"messages are missing"}');
  };
}

const ALL = ['/v1/messages', '/v1/responses', '/v1/chat/completions'];
const env = { LLM: TOKEN };

function check(url: string, more: Partial<Parameters<typeof checkGateway>[0]> = {}, timeoutMs?: number) {
  const runner = { kind: 'claude', also: [], gateway: { url, tokenVariable: 'LLM' }, ...more } as const;
  return checkGateway(runner, env, timeoutMs === undefined ? {} : { timeoutMs });
}

describe('a gateway', () => {
  it('that answers passes, for every agent that needs it', async () => {
    const url = await serve(gateway(ALL));
    const checks = await check(`${url}/v1`, { also: ['codex', 'opencode'] });
    expect(checks).toEqual([{ name: 'gateway', state: 'pass', detail: `${url} answers for claude, codex, opencode` }]);
  });

  it('is not looked for where none is configured', async () => {
    expect(await checkGateway({ kind: 'claude', also: [], gateway: {} }, env)).toEqual([]);
  });

  it('that lacks the API of one agent fails, and names both', async () => {
    const url = await serve(gateway(['/v1/messages']));
    const [found] = await check(url, { also: ['codex'] });
    expect(found).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining(`${url}/v1/responses is not the API that codex`),
    });
  });

  it('that does not take the token fails, and nothing shows the token', async () => {
    const url = await serve(gateway(ALL));
    const runner = { kind: 'claude', also: [], gateway: { url, tokenVariable: 'LLM' } } as const;
    const [found] = await checkGateway(runner, { LLM: 'wrong-token' });
    expect(found).toMatchObject({ state: 'fail', detail: `${url} does not accept the token (HTTP 401)` });
    expect(found?.remedy).toContain('LLM');
    expect(JSON.stringify(found)).not.toContain('wrong-token');
    const [none] = await check(url, { gateway: { url } });
    expect(none?.remedy).toContain('tokenFile');
  });

  it('whose token is not there fails before it is asked', async () => {
    const [found] = await check('http://127.0.0.1:1', {
      gateway: { url: 'http://127.0.0.1:1', tokenFile: '/no/such' },
    });
    expect(found).toMatchObject({ state: 'fail', remedy: expect.stringContaining('/no/such') });
  });

  it('that does not have the model is doubted; patterns in its list count', async () => {
    const url = await serve(gateway(ALL, ['qwen3:32b', 'anthropic/*']));
    expect(await check(url, { model: 'anthropic/claude-5' })).toMatchObject([{ state: 'pass' }]);
    const [found] = await check(url, { model: 'gpt-5' });
    expect(found).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('does not list the model gpt-5; it has qwen3:32b'),
    });
  });

  it('whose token the service will not have is doubted', async () => {
    const url = await serve(gateway(ALL));
    const runner = { kind: 'claude', also: [], gateway: { url, tokenVariable: 'LLM' } } as const;
    expect(await checkGateway(runner, env, { ofService: {} })).toMatchObject([{ state: 'warn' }]);
    expect(await checkGateway(runner, env, { ofService: env })).toMatchObject([{ state: 'pass' }]);
  });

  it.each([
    ['a page', answering(200, '<html>Welcome</html>'), 'fail', 'something other than JSON'],
    ['an unknown model', answering(404, '{"error":"model not found"}'), 'pass', 'answers for claude'],
    ['a redirect', answering(302, '', { location: 'https://sso.example.org' }), 'fail', 'redirects to https://sso'],
    ['a failure', answering(503, '{}'), 'warn', 'HTTP 503'],
    ['a limit', answering(429, '{}'), 'pass', 'answers for claude'],
  ])('that answers with %s', async (_, listener, state, detail) => {
    expect(await check(await serve(listener))).toMatchObject([{ state, detail: expect.stringContaining(detail) }]);
  });

  it('that nobody serves, or whose name is unknown, fails with what is wrong', async () => {
    const url = await serve(gateway(ALL));
    expect(await check(url.replace('http:', 'https:'))).toMatchObject([
      { state: 'fail', detail: expect.stringContaining('does not speak TLS') },
    ]);
    expect(await check('http://gateway.invalid')).toMatchObject([
      { state: 'fail', detail: expect.stringContaining('cannot be resolved') },
    ]);
  });

  it('that never answers fails after its time', async () => {
    const url = await serve(() => undefined);
    expect(await check(url, {}, 50)).toMatchObject([
      { state: 'fail', detail: expect.stringContaining('did not answer') },
    ]);
  });
});
