// The routes about spend limits, from a socket to the decision and back.

import type { LimitPage, LimitView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HUB_ORG } from '../../../core/access/access.js';
import { TestHub } from '../fixture.js';

const OTHER = 'other';
const REPO = 'repo:https://git.example.com/*';
const DAY = { currency: 'EUR', day: { costMicros: 5_000_000 } };

let hub: TestHub;
let key: string;
let other: string;

beforeEach(async () => {
  hub = await TestHub.start();
  for (const org of [HUB_ORG, OTHER]) await hub.decide({ type: 'org.ensure', org });
  key = (await hub.key('operator')).secret;
  other = (await hub.key('operator', OTHER)).secret;
});

afterEach(() => hub.stop());

function set(scope: string, body: object = DAY, caller = key) {
  return hub.call<LimitView>('PUT', `/limits/${encodeURIComponent(scope)}`, { key: caller, body });
}

async function list(caller = key): Promise<LimitPage['items']> {
  return (await hub.call<LimitPage>('GET', '/limits', { key: caller })).body.items;
}

test('a limit is set, changed, shown, listed, audited and removed', async () => {
  expect(await set(REPO)).toMatchObject({
    status: 200,
    body: {
      scope: { kind: 'repo', value: 'https://git.example.com/*' },
      currency: 'EUR',
      windows: [{ window: 'day', costMicros: 5_000_000, used: { costMicros: 0, tokens: 0 }, share: 0 }],
      level: 'open',
      by: expect.stringMatching(/^key:/),
    },
  });
  await set(REPO, { total: { tokens: 9 } });
  await set('org');
  expect((await list()).map(({ scope, windows }) => [scope.kind, windows.map(({ window }) => window)])).toEqual([
    ['org', ['day']],
    ['repo', ['total']],
  ]);
  expect(hub.audited.map(({ fact }) => fact)).toContainEqual(
    expect.objectContaining({ route: 'limit.set', target: REPO }),
  );
  const url = `/limits/${encodeURIComponent(REPO)}`;
  expect(await hub.call('GET', url, { key })).toMatchObject({ status: 200, body: { windows: [{ tokens: 9 }] } });
  expect(await hub.call('DELETE', url, { key })).toMatchObject({ status: 204 });
  for (const method of ['GET', 'DELETE'] as const)
    expect(await hub.call(method, url, { key })).toMatchObject({ status: 404, body: { code: 'limit.not_found' } });
});

test('a change that is meant for a limit as it was is refused when it is another one by now', async () => {
  const url = `/limits/${encodeURIComponent(REPO)}`;
  const put = (etag: unknown, tokens: number) =>
    hub.call('PUT', url, { key, body: { total: { tokens } }, headers: { 'if-match': String(etag) } });
  const conflict = { status: 412, body: { code: 'limit.version_conflict' } };
  expect(await put('"x"', 1)).toMatchObject(conflict);
  const first = (await set(REPO, { total: { tokens: 9 } })).headers.etag;
  expect((await hub.call('GET', url, { key })).headers.etag).toBe(first);
  const second = await put(first, 10);
  expect(second.status).toBe(200);
  expect(await put(first, 11)).toMatchObject(conflict);
  expect(await put(second.headers.etag, 12)).toMatchObject({ status: 200, body: { windows: [{ tokens: 12 }] } });
  expect(await put('*', 13)).toMatchObject({ status: 200 });
  expect(await put('yesterday', 14)).toMatchObject({ status: 400, body: { errors: [{ path: 'If-Match' }] } });
});

test.each([
  ['a fleet with a value', 'fleet:x', DAY, '/scope'],
  ['a repository without one', 'repo', DAY, '/scope'],
  ['a label without a value', 'label:team', DAY, '/scope'],
  ['a kind that there is not', 'team:roof', DAY, '/scope'],
  ['no window', 'org', {}, ''],
  ['a window without an amount', 'org', { day: {} }, '/day'],
  ['money without a currency', 'org', { day: { costMicros: 5 } }, '/currency'],
  ['a currency without money', 'org', { currency: 'EUR', day: { tokens: 5 } }, '/currency'],
])('%s is refused at the field', async (_what, scope, body, path) => {
  expect(await set(scope, body)).toMatchObject({ status: 400, body: { code: 'request.invalid', errors: [{ path }] } });
});

test('only those who run the hub limit more than their own organisation, which does not hear who did', async () => {
  for (const scope of ['fleet', `org:${HUB_ORG}`])
    expect(await set(scope, DAY, other)).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  await set('fleet');
  await set(`org:${OTHER}`);
  await set('label:team=roof');
  expect((await list(other)).map(({ scope, by }) => [scope, by])).toEqual([[{ kind: 'org', value: OTHER }, 'hub']]);
  expect(await hub.call('GET', '/limits/org', { key: other })).toMatchObject({ status: 200, body: { by: 'hub' } });
  expect(await hub.call('DELETE', '/limits/org', { key: other })).toMatchObject({ status: 403 });
  expect((await list()).length).toBe(3);
});
