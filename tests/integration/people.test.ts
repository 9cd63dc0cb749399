// From registration to a finished task: two people in the sessions of two browsers, and a machine that knows nothing but its invitation.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { AgentSocket } from '../support/agent-socket.js';
import { hashOf, newKey } from '../support/api.js';
import { type Hub, startHub } from '../support/hub.js';
import { completion, offerOf } from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';

const PASSWORD = 'correct horse battery';

const sandbox = new Sandbox();
let hub: Hub;

beforeAll(async () => {
  hub = await startHub(sandbox, { env: { AGENTCOM_REGISTRATION: 'open' } });
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

/** What a browser keeps and sends. */
class Browser {
  #cookie = '';

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${hub.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.#cookie !== '' && { cookie: this.#cookie }),
        ...(method !== 'GET' && { origin: hub.url }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const cookie = response.headers.get('set-cookie')?.split(';')[0];
    if (cookie !== undefined) this.#cookie = cookie;
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }
}

function tokenIn(url: string): string {
  return new URL(url).hash.split('=')[1] ?? '';
}

test('an owner registers, invites somebody, joins a machine, and both see the task of the other one finished', async () => {
  const [ada, bob, stranger] = [new Browser(), new Browser(), new Browser()];
  await ada.call('POST', '/registrations', { email: 'ada@acme.test', name: 'Ada', password: PASSWORD, org: 'acme' });
  const { url } = await ada.call<{ url: string }>('POST', '/members', { role: 'developer' });
  const bobs = { email: 'bob@acme.test', name: 'Bob', password: PASSWORD, invitation: tokenIn(url) };
  expect(await bob.call('POST', '/registrations', bobs)).toMatchObject({ org: 'acme', role: 'developer' });
  const other = { email: 'eve@other.test', name: 'Eve', password: PASSWORD, org: 'other' };
  await stranger.call('POST', '/registrations', other);

  const { token } = await ada.call<{ token: string }>('POST', '/enrolments', {});
  const key = newKey();
  const machine = { name: 'box', capabilities: [], host: 'box', os: 'linux' };
  await new Browser().call('POST', '/enrol', { token, keyHash: hashOf(key), ...machine });
  const socket = await AgentSocket.join(hub.url, { name: 'box', key });

  const { id } = await bob.call<{ id: string }>('POST', '/tasks', { title: 'Fix it', prompt: 'Please.' });
  const attempt = await offerOf(socket, id);
  await socket.ok({ type: 'task.accept', ...attempt });
  await socket.ok(completion(attempt));
  await socket.close();

  for (const browser of [ada, bob]) {
    expect(await browser.call('GET', `/tasks/${id}`)).toMatchObject({ state: 'completed', agent: 'box' });
  }
  await expect(stranger.call('GET', `/tasks/${id}`)).rejects.toThrow('404');
  expect(await stranger.call('GET', '/tasks')).toMatchObject({ items: [] });
  expect(await stranger.call('GET', '/agents')).toMatchObject({ items: [] });
  expect(await stranger.call('GET', '/members')).toMatchObject({ items: [{ email: 'eve@other.test' }] });
});

test('accounts, sessions and what members may survive a hub that is killed', async () => {
  const [ada, eve] = [new Browser(), new Browser()];
  await ada.call('POST', '/registrations', { email: 'ada@two.test', name: 'Ada', password: PASSWORD, org: 'two' });
  await eve.call('POST', '/registrations', { email: 'eve@three.test', name: 'Eve', password: PASSWORD, org: 'three' });
  const before = await ada.call('GET', '/me');
  await hub.kill9();
  hub = await startHub(sandbox, { dataDir: hub.dataDir, env: { AGENTCOM_REGISTRATION: 'open' } });
  expect(await ada.call('GET', '/me')).toEqual(before);
  await ada.call('DELETE', '/sessions/current');
  await expect(ada.call('GET', '/me')).rejects.toThrow('401');
  expect(await ada.call('POST', '/sessions', { email: 'ada@two.test', password: PASSWORD })).toMatchObject({
    org: 'two',
  });
  expect(await eve.call('GET', '/me')).toMatchObject({ org: 'three' });
});
