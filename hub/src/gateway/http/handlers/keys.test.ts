// Keys over HTTP: nobody makes, sees or ends a key that may more than itself.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHub } from '../fixture.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await TestHub.start();
});

afterEach(() => hub.stop());

const make = (key: string, body: object) => hub.call('POST', '/keys', { key, body: { name: 'k', ...body } });

test('a new key is shown once, and known by its hint afterwards', async () => {
  const { secret } = await hub.key('owner');
  const made = await make(secret, { role: 'viewer', scopes: ['tasks:read'] });
  expect(String(made.body.key).startsWith(`${made.body.hint}_`)).toBe(true);
  const listed = await hub.call('GET', '/keys', { key: secret });
  expect(JSON.stringify(listed.body)).not.toContain(String(made.body.key));
  expect(listed.body).toMatchObject({
    items: [{ role: 'owner' }, { id: made.body.id, hint: made.body.hint, scopes: ['tasks:read'] }],
  });
});

test.each([
  ['admin', 'owner', false],
  ['admin', 'admin', true],
  ['developer', 'developer', true],
  ['developer', 'operator', false],
  ['owner', 'owner', true],
] as const)('a key of role %s makes one of role %s: %s', async (own, role, may) => {
  const { secret } = await hub.key(own);
  expect((await make(secret, { role })).status).toBe(may ? 201 : 403);
});

test('a limited key makes none that may more, nor one that lasts longer', async () => {
  const limits = { scopes: ['keys:write', 'tasks:read'] as const, repositories: ['https://git.example.org/a/*'] };
  const { secret } = await hub.key('owner', 'default', { ...limits, ttlMs: 3_600_000 });
  const good = { role: 'viewer', ...limits, ttlSeconds: 600 };
  expect(await make(secret, good)).toMatchObject({ status: 201 });
  for (const [path, more] of [
    ['/scopes', { scopes: undefined }],
    ['/scopes', { scopes: ['tasks:write'] }],
    ['/repositories', { repositories: undefined }],
    ['/repositories', { repositories: ['*'] }],
    ['/ttlSeconds', { ttlSeconds: undefined }],
    ['/ttlSeconds', { ttlSeconds: 7_200 }],
  ] as const) {
    expect(await make(secret, { ...good, ...more }), path).toMatchObject({ status: 403, body: { errors: [{ path }] } });
  }
});

test('an admin neither ends nor rotates the key of an owner', async () => {
  const owner = await hub.key('owner');
  const { secret } = await hub.key('admin');
  expect(await hub.call('DELETE', `/keys/${owner.id}`, { key: secret })).toMatchObject({ status: 403 });
  expect(await hub.call('POST', `/keys/${owner.id}/rotate`, { key: secret, body: {} })).toMatchObject({ status: 403 });
});

test('a limited key does not become another one by rotating that', async () => {
  const all = await hub.key('admin');
  const { secret } = await hub.key('admin', 'default', { scopes: ['keys:write'] });
  expect(await hub.call('POST', `/keys/${all.id}/rotate`, { key: secret, body: {} })).toMatchObject({ status: 403 });
});

test('limits of a key are raised by those who keep all keys, and stay over a rotation', async () => {
  const developer = await hub.key('developer');
  const more = { role: 'developer', rateMultiplier: 5 };
  expect(await make(developer.secret, more)).toMatchObject({ body: { errors: [{ path: '/rateMultiplier' }] } });
  const { secret } = await hub.key('admin');
  const { body } = await make(secret, more);
  await hub.call('POST', `/keys/${body.id}/rotate`, { key: secret, body: {} });
  hub.limits = { ...hub.limits, reads: { perMinute: 1, burst: 2 } };
  const statuses: number[] = [];
  for (let i = 0; i < 11; i++) statuses.push((await hub.call('GET', '/me', { key: String(body.key) })).status);
  expect(statuses.lastIndexOf(200)).toBe(9);
  const listed = await hub.call<{ items: { rateMultiplier?: number }[] }>('GET', '/keys', { key: secret });
  expect(listed.body.items.filter(({ rateMultiplier }) => rateMultiplier === 5)).toHaveLength(2);
});

test('a rotated key is replaced by a new one, and ends after the overlap', async () => {
  const { secret } = await hub.key('owner');
  const old = await hub.key('viewer');
  const rotated = await hub.call('POST', `/keys/${old.id}/rotate`, { key: secret, body: { overlapSeconds: 0 } });
  expect(rotated.status, JSON.stringify(rotated.body)).toBe(201);
  expect(await hub.call('GET', '/me', { key: old.secret })).toMatchObject({ status: 401 });
  expect(await hub.call('GET', '/me', { key: String(rotated.body.key) })).toMatchObject({ body: { role: 'viewer' } });
});

test('a key of some repositories sees and submits tasks of these alone', async () => {
  const { secret, id } = await hub.key('operator', 'default', { repositories: ['https://git.example.org/shop/*'] });
  const repo = (url: string) => ({ repo: { url } });
  const mine = await hub.submit('key:x', 'default', repo('https://GIT.example.org/shop/web.git'));
  const other = await hub.submit(`key:${id}`, 'default', repo('https://git.example.org/bank/web.git'));
  const none = await hub.submit(`key:${id}`);
  const { body } = await hub.call<{ items: { id: string }[]; total: number }>('GET', '/tasks?count=1', { key: secret });
  expect([body.items.map((task) => task.id), body.total]).toEqual([[mine], 1]);
  for (const task of [other, none]) {
    expect(await hub.call('GET', `/tasks/${task}`, { key: secret })).toMatchObject({ status: 404 });
    expect(await hub.call('POST', `/tasks/${task}/cancel`, { key: secret, body: {} })).toMatchObject({ status: 404 });
  }
  expect((await hub.call<{ tasks: object }>('GET', '/stats', { key: secret })).body.tasks).toMatchObject({ queued: 1 });
  const submit = (more: object) =>
    hub.call('POST', '/tasks', { key: secret, body: { title: 't', prompt: 'p', ...more } });
  expect(await submit(repo('https://git.example.org/shop/api.git'))).toMatchObject({ status: 201 });
  for (const more of [{}, repo('https://git.example.org/bank/api.git')])
    expect(await submit(more)).toMatchObject({ status: 403, body: { errors: [{ path: '/repo/url' }] } });
});

test('a key of some repositories does not learn the ids of parents in others', async () => {
  const { secret } = await hub.key('operator', 'default', { repositories: ['https://git.example.org/shop/*'] });
  const parent = (url: string) => hub.submit('key:x', 'default', { repo: { url } });
  const [own, other] = [
    await parent('https://git.example.org/shop/a.git'),
    await parent('https://git.example.org/bank/b.git'),
  ];
  const repo = { url: 'https://git.example.org/shop/c.git' };
  const task = await hub.submit('key:x', 'default', { repo, dependsOn: [own, other] });
  const get = (path = '', key = secret) => hub.call('GET', `/tasks/${task}${path}`, { key });
  const waits = (message: string, of?: string) => ({ code: 'waits_for_parent', message, ...(of && { task: of }) });
  expect((await get('/why')).body.reasons).toEqual([
    waits(`waits for task ${own}, which is queued`, own),
    waits('waits for 1 task that you may not see'),
  ]);
  expect((await get()).body.dependsOn).toEqual([own]);
  const owner = (await hub.key('owner')).secret;
  expect((await get('', owner)).body.dependsOn).toEqual([own, other]);
  await hub.decide({ type: 'task.cancel', org: 'default', task: other, by: 'test', reason: 'no' });
  await hub.decide({ type: 'tick' });
  const cut = 'its parent was cancelled';
  expect((await get()).body).toMatchObject({ state: 'cancelled', cancel: { reason: cut } });
  expect((await get('/why')).body.reasons).toMatchObject([
    { message: expect.stringMatching(/because its parent was: its parent was cancelled$/) },
  ]);
  for (const path of ['', '/why']) expect(JSON.stringify((await get(path)).body)).not.toContain(other);
  await hub.archive(task);
  for (const path of ['', '/why']) expect(JSON.stringify((await get(path)).body)).not.toContain(other);
  expect(JSON.stringify((await get('', owner)).body)).toContain(other);
});

test('enrolments are listed without their tokens, and revoked', async () => {
  const { secret } = await hub.key('admin');
  const made = await hub.call('POST', '/enrolments', { key: secret, body: { uses: 2, capabilities: ['gpu'] } });
  const { body } = await hub.call<{ items: { id: string }[] }>('GET', '/enrolments', { key: secret });
  expect(body).toMatchObject({ items: [{ uses: 2, usesLeft: 2, capabilities: ['gpu'] }] });
  expect(JSON.stringify(body)).not.toContain(String(made.body.token));
  expect(await hub.call('DELETE', `/enrolments/${body.items[0]?.id}`, { key: secret })).toMatchObject({ status: 204 });
  const machine = { keyHash: 'a'.repeat(64), capabilities: [], host: 'h', os: 'linux' };
  const enrolled = await hub.call('POST', '/enrol', { body: { token: made.body.token, ...machine } });
  expect(enrolled).toMatchObject({ status: 401, body: { code: 'enrolment.invalid' } });
});

test('a key that expires cannot outlive itself, by a session or by rotation', async () => {
  const { secret, id } = await hub.key('admin', 'default', { ttlMs: 60_000 });
  const endsAt = hub.state.access.keys.get(id)?.expiresAt ?? 0;
  const { body: link } = await hub.call('POST', '/sessions/links', { key: secret, body: {} });
  const token = String(link.url).split('=')[1];
  const opened = await hub.call('POST', '/sessions', { body: { token } });
  const cookie = String(opened.headers['set-cookie']).split(';')[0];
  expect(await hub.call('POST', '/keys', { cookie, body: { role: 'viewer', name: 'v' } })).toMatchObject({
    status: 403,
  });
  const rotated = await hub.call('POST', `/keys/${id}/rotate`, { key: secret, body: {} });
  expect(hub.state.access.keys.get(String(rotated.body.id))?.expiresAt).toBeLessThanOrEqual(endsAt);
});

test.each([{ scopes: ['members:write', 'agents:write'] as const }, { repositories: ['https://git.example.org/*'] }])(
  'a key limited to %j makes no members and no organisations',
  async (limits) => {
    const { secret: key } = await hub.key('owner', 'default', limits);
    await hub.decide({ type: 'org.ensure', org: 'default' });
    const { person } = await hub.member('viewer');
    expect(await hub.call('POST', '/members', { key, body: { role: 'owner' } })).toMatchObject({ status: 403 });
    expect(await hub.call('PATCH', `/members/${person}`, { key, body: { role: 'owner' } })).toMatchObject({
      status: 403,
    });
    expect(await hub.call('POST', `/members/${person}/reset`, { key, body: {} })).toMatchObject({ status: 403 });
    expect(await hub.call('DELETE', `/members/${person}`, { key })).toMatchObject({ status: 403 });
    expect(await hub.call('POST', '/orgs', { key, body: { org: 'acme' } })).toMatchObject({ status: 403 });
    const invited = await hub.call('POST', '/enrolments', { key, body: {} });
    expect(invited.status).toBe('repositories' in limits ? 403 : 201);
    for (const url of ['/audit', '/usage', '/orgs', '/metrics', '/config', '/backups'])
      expect((await hub.call('GET', url, { key })).status, url).toBe(403);
  },
);
