// Saved views over HTTP: who sees and changes which, and what is not saved.

import type { MemberRole, SavedView, SavedViewPage } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestHub } from '../fixture.js';

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
});
afterEach(() => hub.stop());

const keyOf = async (role: MemberRole, org?: string) => (await hub.key(role, org)).secret;
const save = (key: string, body: object) => hub.call<SavedView & { code?: string }>('POST', '/views', { key, body });
const list = async (key: string) => (await hub.call<SavedViewPage>('GET', '/views', { key })).body.items;

it('shows everybody their own and what is shared, with what they may change', async () => {
  const [operator, viewer, stranger] = [await keyOf('operator'), await keyOf('viewer'), await keyOf('owner', 'other')];
  const shared = await save(operator, { name: 'For all', q: 'state:blocked', shared: true });
  const own = await save(viewer, { name: 'Mine', sort: '-cost' });
  expect([shared.status, own.status]).toEqual([201, 201]);
  const seen = (items: readonly SavedView[]) => items.map(({ name, mayChange }) => [name, mayChange]);
  expect(seen(await list(viewer))).toEqual([
    ['For all', false],
    ['Mine', true],
  ]);
  expect(seen(await list(operator))).toEqual([['For all', true]]);
  expect(await list(stranger)).toEqual([]);
  const path = `/views/${shared.body.id}`;
  expect((await hub.call('PATCH', path, { key: viewer, body: { name: 'x' } })).status).toBe(403);
  expect((await hub.call('DELETE', path, { key: stranger })).status).toBe(404);
  const renamed = await hub.call<SavedView>('PATCH', path, { key: operator, body: { name: 'Blocked', shared: false } });
  expect(renamed.body).toMatchObject({ name: 'Blocked', q: 'state:blocked', shared: false });
  expect(seen(await list(viewer))).toEqual([['Mine', true]]);
  expect((await hub.call('DELETE', path, { key: operator })).status).toBe(204);
});

it('takes away the query, the order and the columns that are given as empty', async () => {
  const key = await keyOf('viewer');
  const { body } = await save(key, { name: 'Mine', q: 'state:dead', sort: 'title', cols: 'title,lane' });
  const bare = { q: '', sort: '', cols: '' };
  const changed = await hub.call<SavedView>('PATCH', `/views/${body.id}`, { key, body: bare });
  expect(changed.status).toBe(200);
  const { q, sort, cols } = changed.body;
  expect({ q, sort, cols }).toEqual({});
});

it('saves no query and no order that cannot be read', async () => {
  const key = await keyOf('viewer');
  expect((await save(key, { name: 'x', q: 'stat:queued' })).body.code).toBe('request.invalid');
  expect((await save(key, { name: 'x', sort: 'height' })).body.code).toBe('request.invalid');
  expect((await save(key, { name: 'x', shared: true })).status).toBe(403);
});
