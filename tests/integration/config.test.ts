// The config over HTTP: read, changed, guarded, refused with the field named, and kept.

import type { Config } from '@agentcom/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HubApi, type Problem } from '../support/api.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';

const sandbox = new Sandbox();
let hub: Hub;

beforeAll(async () => {
  hub = await startHub(sandbox);
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close(), 'processes left behind').toEqual([]);
});

async function apiOf(role: string): Promise<HubApi> {
  const { key } = await hub.api.need<{ key: string }>('POST', '/keys', { role, name: role });
  return new HubApi(hub.url, key);
}

test('a change counts at once, is versioned, and outlives the hub', { timeout: 60_000 }, async () => {
  const before = await hub.api.call<Config>('GET', '/config');
  expect(before).toMatchObject({ status: 200, body: { tasks: { maxAttempts: 3 } } });
  const etag = String(before.headers.get('etag'));
  const changed = await hub.api.call<Config>('PATCH', '/config', { tasks: { maxAttempts: 9 } }, { 'if-match': etag });
  expect(changed).toMatchObject({ status: 200, body: { ...before.body, tasks: { maxAttempts: 9 } } });
  expect(await hub.api.submit()).toMatchObject({ maxAttempts: 9 });

  const stale = await hub.api.call<Problem>('PATCH', '/config', { tasks: { maxAttempts: 1 } }, { 'if-match': etag });
  expect(stale).toMatchObject({ status: 412, body: { code: 'config.version_conflict' } });

  const { dataDir, port } = hub;
  await hub.kill9();
  hub = await startHub(sandbox, { dataDir, port });
  const after = await hub.api.call<Config>('GET', '/config');
  expect(after.body).toEqual(changed.body);
  expect(after.headers.get('etag')).toBe(changed.headers.get('etag'));
  const reset = await hub.api.need<Config>('PATCH', '/config', { tasks: { maxAttempts: null } });
  expect(reset).toEqual(before.body);
});

test('what is out of bounds or unknown is refused by its field, and changes nothing', async () => {
  const before = await hub.api.call<Config>('GET', '/config');
  const body = { tasks: { maxOffers: 0, offers: 5 }, limits: { messages: { perMinute: 'many' } }, logs: {} };
  const refused = await hub.api.call<Problem>('PATCH', '/config', body);
  expect(refused).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
  const paths = refused.body.errors?.map(({ path }) => path);
  expect(paths?.toSorted()).toEqual(['/limits/messages/perMinute', '/logs', '/tasks/maxOffers', '/tasks/offers']);
  const unreadable = await hub.api.call<Problem>('PATCH', '/config', {}, { 'if-match': 'yesterday' });
  expect(unreadable.body.errors).toMatchObject([{ path: 'If-Match' }]);
  expect((await hub.api.call<Config>('GET', '/config')).headers.get('etag')).toBe(before.headers.get('etag'));
});

test('an operator reads it and an admin changes it', async () => {
  const [operator, admin, submitter] = await Promise.all([apiOf('operator'), apiOf('admin'), apiOf('submitter')]);
  expect((await operator.call('GET', '/config')).status).toBe(200);
  expect((await operator.call('PATCH', '/config', {})).status).toBe(403);
  expect((await submitter.call('GET', '/config')).status).toBe(403);
  expect((await admin.call('PATCH', '/config', {})).status).toBe(200);
});

test('a machine that claims what is not its own to claim is refused by name', async () => {
  const { token } = await hub.api.need<{ token: string }>('POST', '/enrolments', { capabilities: ['granted:gpu'] });
  const machine = { token, keyHash: 'a'.repeat(64), name: 'thief', host: 'h', os: 'o' };
  const capabilities = ['git', 'agent:victim', 'granted:payroll'];
  const refused = await hub.api.call<Problem>('POST', '/enrol', { ...machine, capabilities });
  expect(refused).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
  expect(refused.body.errors?.map(({ path }) => path)).toEqual(['/capabilities/1', '/capabilities/2']);
  const invitation = await hub.api.call<Problem>('POST', '/enrolments', { capabilities: ['agent:victim'] });
  expect(invitation.body.errors?.map(({ path }) => path)).toEqual(['/capabilities/0']);
  expect((await hub.api.call('POST', '/enrol', { ...machine, capabilities: ['git'] })).status).toBe(201);
  expect(await hub.api.agent('thief')).toMatchObject({ capabilities: ['git', 'granted:gpu'] });
});
