// The hub on a network with others on it: over TLS with an authority of its own, and for nobody who does not ask for it by its name.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { SUBPROTOCOL } from '@agentcom/schemas';
import { testAuthority } from '@agentcom/schemas/host/network/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { Child } from '../support/child.js';
import { CLI } from '../support/cli.js';
import { type Hub, readyHub, spawnHub } from '../support/hub.js';
import type { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

const TIMEOUT_MS = 60_000;
const LOOPBACK = '127.0.0.1';

async function ended(child: Child) {
  const { code } = await within(child.ended, TIMEOUT_MS, 'the end of the command');
  return { code, said: child.tail, answer: child.events.at(-1) as Record<string, unknown> };
}

/** As tools do that renew certificates. */
function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function tlsConnection(hub: Hub): Promise<TLSSocket> {
  const socket = connect({ host: LOOPBACK, port: hub.port, rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  return socket;
}

const fingerprintOf = (socket: TLSSocket) => socket.getPeerCertificate().fingerprint256;

test('over TLS a machine joins, works and goes on while the certificate is replaced', async () => {
  const sandbox = testSandbox();
  const authority = await testAuthority();
  onTestFinished(() => authority.remove());
  const [tlsCert, tlsKey] = ['hub.pem', 'hub.key'].map((name) => sandbox.path(name)) as [string, string];
  const serve = ({ cert, key }: { cert: string; key: string }) => {
    replaceFile(tlsCert, cert);
    replaceFile(tlsKey, key);
  };
  serve(await authority.issue(LOOPBACK));
  const hub = await readyHub(spawnHub(sandbox, { args: ['--tls-cert', tlsCert, '--tls-key', tlsKey] }));
  expect(hub.url).toBe(`https://${LOOPBACK}:${hub.port}`);
  expect(readFileSync(join(hub.dataDir, 'address'), 'utf8')).toBe(`${hub.url}\n`);

  const home = sandbox.path('machine');
  mkdirSync(home);
  const trust = { NODE_EXTRA_CA_CERTS: authority.file, CURL_CA_BUNDLE: authority.file };
  const env = { HOME: home, NO_PROXY: LOOPBACK, no_proxy: LOOPBACK, ...trust };
  const own = ['--json', '--hub', hub.url, '--key-file', hub.keyFile];
  const agentcom = (args: readonly string[], more = {}) =>
    sandbox.run(process.execPath, [CLI, ...own, ...args], { env: { ...env, ...more } });

  const stranger = await ended(agentcom(['status'], { NODE_EXTRA_CA_CERTS: undefined }));
  expect(stranger).toMatchObject({ code: 69, said: expect.stringContaining('NODE_EXTRA_CA_CERTS') });
  const { joinCommand } = (await ended(agentcom(['agent', 'invite']))).answer as { joinCommand: string };
  const line = `${joinCommand} --json --name builder --no-test -- true`;
  const joined = await ended(sandbox.run('/bin/sh', ['-c', line], { env, cwd: home }));
  expect(joined.code, joined.said).toBe(0);
  const data = join(home, '.local', 'share', 'agentcom');
  const program = join(data, 'bin', 'agentcom.mjs');
  const config = join(data, 'agents', 'builder', 'sidecar.toml');
  const sidecar = sandbox.run(process.execPath, [program, 'sidecar', '--config', config], { env });
  const work = async () => {
    const submitted = await ended(
      agentcom(['submit', 'A task', '--prompt', 'Do it.', '--needs', 'runner:command', '--wait']),
    );
    expect(submitted.code, submitted.said).toBe(0);
  };
  await work();

  const before = await tlsConnection(hub);
  const first = fingerprintOf(before);
  writeFileSync(tlsCert, 'broken');
  await eventually(
    'the broken certificate in the log',
    TIMEOUT_MS,
    () => hub.child.tail.includes('the one before is kept') || undefined,
  );
  expect(fingerprintOf(await tlsConnection(hub))).toBe(first);
  serve(await authority.issue(LOOPBACK));
  await eventually(
    'the new certificate',
    TIMEOUT_MS,
    async () => fingerprintOf(await tlsConnection(hub)) !== first || undefined,
  );
  before.write(`GET /livez HTTP/1.1\r\nHost: ${LOOPBACK}\r\n\r\n`);
  const answer = String(await new Promise((resolve) => before.once('data', resolve)));
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toMatch(/strict-transport-security: max-age=31536000/i);
  await work();
  expect((await sidecar.stop()).code).toBe(0);
  expect((await hub.stop()).code).toBe(0);
});

test('beyond its machine a hub listens with TLS, behind a proxy, or when it is told to', async () => {
  const sandbox = testSandbox();
  const host = ['--host', '0.0.0.0'];
  const refused = await ended(spawnHub(sandbox, { args: host }));
  expect(refused).toMatchObject({ code: 64, said: expect.stringContaining('settings.insecure') });
  const hub = await readyHub(spawnHub(sandbox, { args: [...host, '--insecure'] }));
  expect((await hub.stop()).code).toBe(0);
});

/** What is answered to a request with these headers, on an agent's socket when they ask for one. */
function answered(hub: Hub, path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: LOOPBACK, port: hub.port, path, headers });
    const done = (response: IncomingMessage) => {
      resolve(response.statusCode);
      response.destroy();
    };
    asked.on('response', done).on('upgrade', done).on('error', reject).end();
  });
}

function socketHeaders(key: string, more: Readonly<Record<string, string>>): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-protocol': SUBPROTOCOL,
    ...more,
  };
}

async function plainHub(sandbox: Sandbox, env = {}): Promise<Hub> {
  return readyHub(spawnHub(sandbox, { env }));
}

test('a page cannot reach the hub under a name of its own, or from another site', async () => {
  const hub = await plainHub(testSandbox(), { AGENTCOM_ALLOWED_HOSTS: 'hub.test' });
  const { key } = await hub.api.enrol('builder');
  expect(await answered(hub, '/livez', { host: 'evil.example' })).toBe(421);
  expect(await answered(hub, '/livez', { host: 'hub.test' })).toBe(200);
  const socket = (more: Readonly<Record<string, string>>) => answered(hub, '/ws/agent', socketHeaders(key, more));
  expect(await socket({ host: 'evil.example' })).toBe(421);
  expect(await socket({ origin: 'http://evil.example' })).toBe(403);
  expect(await socket({ origin: hub.url })).toBe(101);
  expect(await socket({})).toBe(101);
  expect((await hub.stop()).code).toBe(0);
});

test('bad keys are counted for the client that a trusted proxy names, and not for the proxy', async () => {
  const hub = await plainHub(testSandbox(), { AGENTCOM_TRUST_PROXY: LOOPBACK });
  const bad = (client: string) =>
    answered(hub, '/api/v1/tasks', { authorization: 'Bearer ac_wrong', 'x-forwarded-for': `203.0.113.1, ${client}` });
  const statuses: unknown[] = [];
  for (let nth = 0; nth < 21; nth++) statuses.push(await bad('198.51.100.1'));
  expect(statuses.slice(-2)).toEqual([401, 429]);
  expect(await bad('198.51.100.2')).toBe(401);
  const socket = (client: string) =>
    answered(hub, '/ws/agent', socketHeaders('ac_wrong', { 'x-forwarded-for': client }));
  expect(await socket('198.51.100.1')).toBe(429);
  expect(await socket('198.51.100.3')).toBe(401);
  expect((await hub.stop()).code).toBe(0);
});
