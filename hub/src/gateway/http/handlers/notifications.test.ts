// The routes below /notifications, as whoever runs an organisation meets them.

import type { NotificationChannel, NotificationRoutes } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChannelSettings } from '../../../access/channel-settings.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;
let key: string;

beforeEach(async () => {
  hub = await TestHub.start();
  key = (await hub.key('owner')).secret;
});

afterEach(() => hub.stop());

const url = 'https://example.org/hook';
const shownUrl = 'https://example.org/…';
const secret = 'whsec_AAAA';

async function made(name = 'hook', more: object = {}): Promise<NotificationChannel> {
  const body = { kind: 'webhook', name, settings: { url, secret }, ...more };
  const answer = await hub.call<NotificationChannel>('POST', '/notifications/channels', { key, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

test('a channel is made and shown without its secret and its address, which the journal does not have either', async () => {
  const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
  const { id } = await made('hook', { quietHours });
  const { body } = await hub.call('GET', '/notifications/channels', { key });
  expect(body).toMatchObject({
    items: [
      { id, kind: 'webhook', name: 'hook', settings: { url: shownUrl, secret: 'set' }, quietHours, enabled: true },
    ],
    nextCursor: null,
  });
  expect(JSON.stringify([body, [...hub.state.notify.channels.values()]])).not.toContain(secret);
  expect(JSON.stringify([body, [...hub.state.notify.channels.values()], hub.audited])).not.toContain(url);
  expect((await hub.call('GET', '/notifications/routes', { key })).body).toEqual({
    routes: [{ match: { kind: ['alert'], severity: ['page', 'warn'] }, channels: ['hook'] }],
  });
  expect(hub.audited.at(-1)).toMatchObject({ fact: { route: 'notify.create', outcome: 'done', target: id } });
});

test('a channel that fails says so, since when and why', async () => {
  const { id } = await made();
  hub.deliveries.failures.push({ channel: id, since: 0, failures: 2, why: 'the server answered 503' });
  const { body } = await hub.call('GET', '/notifications/channels', { key });
  const failing = { since: '1970-01-01T00:00:00.000Z', sends: 2, why: 'the server answered 503' };
  expect(body).toMatchObject({ items: [{ id, enabled: true, failing }] });
});

test('the same request again makes one channel', async () => {
  const body = { kind: 'webhook', name: 'hook', settings: { url, secret } };
  const sent = { key, body, headers: { 'idempotency-key': 'k1' } };
  const [first, again] = [
    await hub.call('POST', '/notifications/channels', sent),
    await hub.call('POST', '/notifications/channels', sent),
  ];
  expect(again).toMatchObject({ status: 201, body: first.body });
  expect(hub.state.notify.channels.size).toBe(1);
});

test.each([
  ['settings that its kind does not take', { settings: { url: 'ftp://x' } }, '/settings/url'],
  [
    'a time zone that there is not',
    { quietHours: { from: '22:00', to: '07:00', timeZone: 'Mars/North' } },
    '/quietHours/timeZone',
  ],
  [
    'a time of day that there is not',
    { quietHours: { from: '25:00', to: '07:00', timeZone: 'UTC' } },
    '/quietHours/from',
  ],
  [
    'quiet hours that end as they begin',
    { quietHours: { from: '22:00', to: '22:00', timeZone: 'UTC' } },
    '/quietHours/to',
  ],
  ['a name that is no slug', { name: 'My Hook' }, '/name'],
  ['a kind that there is not', { kind: 'pigeon' }, '/kind'],
])('%s are refused by the name of the field', async (_, more, path) => {
  const body = { kind: 'webhook', name: 'hook', settings: { url }, ...more };
  const answer = await hub.call('POST', '/notifications/channels', { key, body });
  expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid', errors: [{ path }] } });
  expect(hub.state.notify.channels.size).toBe(0);
});

test('a change leaves what it does not name, and a secret that comes back as it was shown', async () => {
  const { id } = await made();
  const change = (body: object) =>
    hub.call<NotificationChannel>('PATCH', `/notifications/channels/${id}`, { key, body });
  const kept = () => hub.state.notify.channels.get(id)?.settings ?? '';
  const opened = () => new ChannelSettings(hub.sealer).open(id, kept());
  const before = kept();
  const shown = { url: shownUrl, secret: 'set' };
  expect((await change({ settings: shown })).body.settings).toEqual(shown);
  expect(opened()).toEqual({ url, secret });
  const elsewhere = { url: 'https://example.org/2' };
  expect(await change({ settings: elsewhere })).toMatchObject({
    status: 400,
    body: { errors: [{ path: '/settings/secret' }] },
  });
  expect(opened()).toEqual({ url, secret });
  expect((await change({ settings: { ...elsewhere, secret }, name: 'second' })).body).toMatchObject({
    name: 'second',
    settings: shown,
  });
  expect(kept()).not.toBe(before);
  expect(opened()).toEqual({ url: 'https://example.org/2', secret });
  expect((await change({ settings: { secret: null } })).body.settings).toEqual({ url: shownUrl });
  expect(await change({ settings: { url: 'ftp://x' } })).toMatchObject({ status: 400 });
  expect((await change({ enabled: false })).body).toMatchObject({ enabled: false, disabledWhy: 'disabled by hand' });
  expect((await change({ enabled: true })).body).toMatchObject({ enabled: true });
  expect(await hub.call('DELETE', `/notifications/channels/${id}`, { key })).toMatchObject({ status: 204 });
  expect(await change({ name: 'third' })).toMatchObject({ body: { code: 'notification.channel_not_found' } });
});

test('settings that were sealed with another key are not shown, and can be set again', async () => {
  await hub.decide({
    type: 'notify.create_channel',
    org: 'default',
    by: 'test',
    channel: '01890000-0000-7000-8000-000000000001',
    kind: 'webhook',
    name: 'old',
    settings: 'sealed elsewhere',
  });
  const { body } = await hub.call<{ items: NotificationChannel[] }>('GET', '/notifications/channels', { key });
  expect(body.items).toMatchObject([{ settings: {}, enabled: false, disabledWhy: /another secret key/ }]);
  const id = body.items[0]?.id;
  const again = await hub.call('PATCH', `/notifications/channels/${id}`, { key, body: { settings: { url } } });
  expect(again.body).toMatchObject({ settings: { url: shownUrl }, enabled: true });
});

test('a test message goes out at once, and its outcome is the answer', async () => {
  const { id } = await made();
  const sendTest = () => hub.call('POST', `/notifications/channels/${id}/test`, { key, body: {} });
  expect(await sendTest()).toMatchObject({ status: 200, body: { sent: true } });
  expect(hub.deliveries.sentNow).toMatchObject([
    { channel: id, org: 'default', includeExcerpt: false, notification: { title: 'Test message from AgentCom' } },
  ]);
  hub.deliveries.outcome = Promise.resolve({ kind: 'failed', why: 'it answered 404' });
  expect((await sendTest()).body).toEqual({ sent: false, why: 'it answered 404' });
});

test('routes are given by the names of channels, in order, and all or none are taken', async () => {
  for (const name of ['a', 'b']) await made(name);
  const routes = [
    { match: { kind: ['question'], label: ['team=shop'] }, channels: ['b'], excerpts: true, continue: true },
    { match: { severity: ['page'] }, channels: ['a'], escalation: ['b'], digest: false },
  ];
  const put = (body: object) => hub.call<NotificationRoutes>('PUT', '/notifications/routes', { key, body });
  expect(await put({ routes })).toMatchObject({ status: 200, body: { routes } });
  expect(await put({ routes: [{ match: {}, channels: ['a', 'c'] }] })).toMatchObject({
    status: 400,
    body: { code: 'request.invalid', errors: [{ path: '/routes/0/channels/1' }] },
  });
  expect((await hub.call('GET', '/notifications/routes', { key })).body).toEqual({ routes });
  expect((await put({ routes: [] })).body).toEqual({ routes: [] });
});

test('routes that are meant to replace others than there are by now are refused', async () => {
  await made('a');
  const show = () => hub.call<NotificationRoutes>('GET', '/notifications/routes', { key });
  const put = (etag: unknown, body: object) =>
    hub.call('PUT', '/notifications/routes', { key, body, headers: { 'if-match': String(etag) } });
  const { etag } = (await show()).headers;
  const routes = [{ match: {}, channels: ['a'] }];
  const set = await put(etag, { routes });
  expect(set).toMatchObject({ status: 200, headers: { etag: (await show()).headers.etag } });
  expect(await put(etag, { routes: [] })).toMatchObject({
    status: 412,
    body: { code: 'notification.version_conflict' },
  });
  expect((await show()).body).toEqual({ routes });
  expect((await put(set.headers.etag, { routes: [] })).status).toBe(200);
});

test('deliveries name their channel, and those that were given up are sent again', async () => {
  const { id } = await made();
  const one = { org: 'default', group: 'g', title: 't', at: 0, attempts: 3 };
  hub.deliveries.statuses.push(
    { ...one, id: 'n2:x', channel: id, state: 'dead', why: 'it answered 500' },
    { ...one, id: 'n1:x', channel: 'removed', state: 'retrying', nextAt: 60_000 },
    { ...one, id: 'n0:x', channel: id, state: 'sent', org: 'other' },
  );
  const list = (query: string) => hub.call<{ items: unknown[] }>('GET', `/notifications/deliveries${query}`, { key });
  expect((await list('')).body.items).toEqual([
    {
      id: 'n2:x',
      channel: 'hook',
      group: 'g',
      title: 't',
      state: 'dead',
      at: '1970-01-01T00:00:00.000Z',
      attempts: 3,
      why: 'it answered 500',
    },
    {
      id: 'n1:x',
      channel: 'removed',
      group: 'g',
      title: 't',
      state: 'retrying',
      at: '1970-01-01T00:00:00.000Z',
      attempts: 3,
      nextAt: '1970-01-01T00:01:00.000Z',
    },
  ]);
  expect((await list('?channel=hook&state=dead')).body.items).toMatchObject([{ id: 'n2:x' }]);
  expect(await list('?channel=none')).toMatchObject({ status: 404, body: { code: 'notification.channel_not_found' } });
  const replay = (which: string) => hub.call('POST', `/notifications/deliveries/${which}/replay`, { key, body: {} });
  expect(await replay('n2:x')).toMatchObject({ status: 204 });
  expect(await replay('n0:x')).toMatchObject({ status: 404, body: { code: 'notification.delivery_not_found' } });
});

test('a browser subscribes with the key of the hub, and is told of what its user submits', async () => {
  const { cookie, person } = await hub.member('developer');
  const first = await hub.call('GET', '/notifications/push-key', { cookie });
  expect(first.body).toEqual({ publicKey: 'public' });
  expect((await hub.call('GET', '/notifications/push-key', { key })).body).toEqual(first.body);
  expect(hub.state.notify.pushKeys?.privateKey).not.toContain('private');
  const body = {
    endpoint: 'https://push.example.org/1',
    expirationTime: null,
    keys: { p256dh: 'BAAA', auth: 'AAAA' },
  };
  const subscribed = await hub.call<{ id: string }>('POST', '/notifications/push-subscriptions', { cookie, body });
  expect(subscribed).toMatchObject({ status: 201 });
  const task = await hub.submit(`person:${person}`);
  await hub.decide({ type: 'task.cancel', org: 'default', task, by: 'key:mate', reason: 'no' });
  expect([...hub.state.notify.pending.values()]).toMatchObject([
    { group: `task:${task}`, submitter: `person:${person}` },
  ]);
  const gone = `/notifications/push-subscriptions/${subscribed.body.id}`;
  expect(await hub.call('DELETE', gone, { key })).toMatchObject({
    status: 404,
    body: { code: 'notification.subscription_not_found' },
  });
  expect(await hub.call('DELETE', gone, { cookie })).toMatchObject({ status: 204 });
});

test('another organisation sees none of it', async () => {
  const { id } = await made();
  await hub.decide({ type: 'org.ensure', org: 'other' });
  const stranger = (await hub.key('owner', 'other')).secret;
  const get = async (path: string) => (await hub.call('GET', `/notifications${path}`, { key: stranger })).body;
  expect([await get('/channels'), await get('/routes')]).toMatchObject([{ items: [] }, { routes: [] }]);
  for (const [method, path] of [
    ['PATCH', `/channels/${id}`],
    ['POST', `/channels/${id}/test`],
    ['DELETE', `/channels/${id}`],
  ] as const) {
    const answer = await hub.call(method, `/notifications${path}`, {
      key: stranger,
      ...(method !== 'DELETE' && { body: {} }),
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'notification.channel_not_found' } });
  }
  const inside = { kind: 'webhook', name: 'inside', settings: { url, allowPrivate: true } };
  expect(await hub.call('POST', '/notifications/channels', { key: stranger, body: inside })).toMatchObject({
    status: 403,
    body: { errors: [{ path: '/settings/allowPrivate' }] },
  });
  expect(await hub.call('POST', '/notifications/channels', { key, body: inside })).toMatchObject({ status: 201 });
  const body = { routes: [{ match: {}, channels: ['hook'] }] };
  expect(await hub.call('PUT', '/notifications/routes', { key: stranger, body })).toMatchObject({ status: 400 });
});
