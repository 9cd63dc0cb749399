// The audit log of a real hub: each organisation has its own, whole, and it outlives the hub.

import type { AuditPage, CreatedKey, CreatedOrg } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { HubApi } from '../support/api.js';
import { startHub } from '../support/hub.js';
import { connectedAgent, reconnected } from '../support/on-hub.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

async function audited(api: HubApi, query: string, count: number): Promise<AuditPage> {
  return eventually(`${count} entries of ${query}`, 30_000, async () => {
    const page = await api.need<AuditPage>('GET', `/audit?${query}`);
    return page.items.length >= count ? page : undefined;
  });
}

test('each organisation sees what was done in it, in a chain that goes on over a restart', {
  timeout: 60_000,
}, async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const { invitation } = await hub.api.need<CreatedOrg>('POST', '/orgs', { org: 'acme' });
  const token = new URL(invitation?.url ?? '').hash.split('=')[1];
  const account = { email: 'ada@example.org', name: 'Ada', password: 'correct horse battery' };
  const registered = await fetch(`${hub.url}/api/v1/registrations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...account, invitation: token }),
  });
  const cookie = registered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const made = await fetch(`${hub.url}/api/v1/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: hub.url, cookie },
    body: JSON.stringify({ role: 'admin', name: 'ci' }),
  });
  const { key, id } = (await made.json()) as CreatedKey;
  const acme = new HubApi(hub.url, key);
  const task = await acme.submit({ title: 'theirs', needs: ['nobody'] });
  await hub.api.submit({ title: 'ours', needs: ['nobody'] });
  expect((await new HubApi(hub.url, `${key.slice(0, -1)}_`).call('GET', '/tasks')).status).toBe(401);

  const { machine } = await connectedAgent(hub);
  await hub.api.need('DELETE', `/agents/${machine.name}`);
  await expect(reconnected(hub, machine)).rejects.toThrow('401');

  const theirs = await audited(acme, '', 3);
  expect(theirs.items.map(({ route, target }) => [route, target])).toEqual([
    ['task.submit', task.id],
    ['key.create', id],
    ['person.register', expect.any(String)],
  ]);
  const ours = await audited(hub.api, 'outcome=refused', 2);
  expect(ours.items).toMatchObject([
    { route: 'agent.connect', code: 'auth.invalid' },
    { route: 'task.list', code: 'auth.invalid', address: '127.0.0.1' },
  ]);
  const changed = await audited(hub.api, 'outcome=done', 6);
  expect(changed.items.map(({ route }) => route)).toEqual([
    'agent.remove',
    'enrol',
    'enrolment.create',
    'task.submit',
    'org.create',
    // By which the tests lift the limits.
    'config.change',
  ]);

  await hub.stop();
  const again = await startHub(sandbox);
  const after = new HubApi(again.url, key);
  await after.need('POST', `/tasks/${task.id}/cancel`, { reason: 'not needed' });
  const whole = await audited(after, '', 4);
  expect(whole).toMatchObject({ items: [{ route: 'task.cancel', reason: 'not needed' }, {}, {}, {}], breaks: [] });
  expect(whole.items.slice(1)).toEqual(theirs.items);
  await again.stop();
});
