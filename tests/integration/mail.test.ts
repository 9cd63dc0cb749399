// A hub that sends mail, with a mail server on a real socket: an invitation and a forgotten password, from the mail to the session.

import { EventEmitter, once } from 'node:events';
import { type MailServer, mailServer, parsedMail } from '@agentcom/hub/notify/channels/testing';
import { type TestAuthority, testAuthority } from '@agentcom/schemas/host/network/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';

const PUBLIC_URL = 'https://hub.example';

const sandbox = new Sandbox();
const events = new EventEmitter();
let authority: TestAuthority;
let server: MailServer;
let hub: Hub;

beforeAll(async () => {
  authority = await testAuthority();
  server = await mailServer({
    tls: { ...(await authority.issue('127.0.0.1')), caFile: authority.file },
    security: 'none',
    login: '',
    settings: (port) => ({ port }),
    onReceived: () => void events.emit('received'),
  });
  const { port } = server.settings as { readonly port: number };
  const env = {
    AGENTCOM_MAIL_URL: `smtp://127.0.0.1:${port}`,
    AGENTCOM_MAIL_FROM: 'agentcom@hub.example',
    AGENTCOM_PUBLIC_URL: PUBLIC_URL,
  };
  hub = await startHub(sandbox, { env });
});

afterAll(async () => {
  await hub?.stop();
  await server?.stop();
  await authority?.remove();
  expect(await sandbox.close()).toEqual([]);
});

function post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${hub.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The secret of the link in the mail that `act` leads to. */
async function mailed(act: () => Promise<unknown>, to: string): Promise<string> {
  const received = once(events, 'received');
  await act();
  await received;
  const { headers, parts } = parsedMail(server.received.at(-1) ?? { path: '', headers: {}, body: Buffer.from('') });
  expect(headers.get('to')).toBe(to);
  const link = /^https:\/\/hub\.example\/sign-in#(?:invitation|reset)=([A-Za-z0-9_-]{43})\r$/m;
  return link.exec(parts.get('text/plain') ?? '')?.[1] ?? `no link: ${parts.get('text/plain')}`;
}

test('whoever is invited by mail comes in, forgets the password, and sets a new one by mail', async () => {
  expect(hub.ready).toMatchObject({ mail: true });
  const to = 'ada@example.org';
  const owner = { authorization: `Bearer ${hub.key}` };
  const invitation = await mailed(async () => {
    const made = await (await post('/members', { role: 'developer', email: to }, owner)).json();
    expect(made).toMatchObject({ mailed: true });
  }, to);
  const account = { email: to, name: 'Ada', password: 'correct horse battery', invitation };
  const registered = await post('/registrations', account);
  expect(registered.status).toBe(201);
  const cookie = registered.headers.get('set-cookie')?.split(';')[0] ?? '';

  // Nobody learns that there is no such account, and no mail goes anywhere.
  const other = await post('/sessions/reset/mail', { email: 'bob@example.org' });
  expect([other.status, await other.text()]).toEqual([202, '']);
  const token = await mailed(async () => {
    const asked = await post('/sessions/reset/mail', { email: to });
    expect([asked.status, await asked.text()]).toEqual([202, '']);
  }, to);
  const password = 'another horse battery';
  expect((await post('/sessions/reset', { token, password })).status).toBe(204);
  expect((await fetch(`${hub.url}/api/v1/me`, { headers: { cookie } })).status).toBe(401);
  expect((await post('/sessions', { email: to, password })).status).toBe(201);
  expect(server.received).toHaveLength(2);
  expect(hub.child.tail).not.toContain(token);
  expect(hub.child.tail).not.toContain(invitation);
});
