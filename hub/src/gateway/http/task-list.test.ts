// The filters of the list of tasks, and whom a task names, on the real server.

import type { TaskPage, TaskView } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHub } from './fixture.js';

let hub: TestHub;
let owner: { secret: string; id: string };

beforeEach(async () => {
  hub = await TestHub.start();
  owner = await hub.key('owner');
});
afterEach(() => hub.stop());

async function list(query: string, key = owner.secret): Promise<TaskPage> {
  const { status, body } = await hub.call('GET', `/tasks?${query}`, { key });
  expect(status).toBe(200);
  return body as unknown as TaskPage;
}

const ids = async (query: string, key?: string) => (await list(query, key)).items.map(({ id }) => id);

async function submit(title: string, key: string, more: object = {}): Promise<string> {
  const { body } = await hub.call('POST', '/tasks', { key, body: { title, prompt: 'p', ...more } });
  return String(body.id);
}

test('a part of the id finds the task that begins or ends with it, and no other in the middle', async () => {
  const [one, two] = [await submit('a', owner.secret), await submit('b', owner.secret)];
  expect(await ids(`id=${one.slice(-12)}`)).toEqual([one]);
  expect(await ids(`id=${two}`)).toEqual([two]);
  expect(await ids(`id=${one.slice(0, 8)}`)).toEqual([two, one]);
  expect(await ids(`id=${one.slice(24, 32)}`)).toEqual([]);
});

test('a key that sees its own tasks only finds no other by a part of the id', async () => {
  const task = await submit('a', owner.secret);
  const { secret } = await hub.key('submitter');
  expect(await ids(`id=${task.slice(-12)}`, secret)).toEqual([]);
});

test('mine are what the caller submitted, whatever else it sees', async () => {
  const other = await hub.key('submitter');
  const [one, two] = [await submit('a', owner.secret), await submit('b', other.secret)];
  expect(await ids('')).toEqual([two, one]);
  expect(await ids('mine=1')).toEqual([one]);
  expect(await ids('mine=0')).toEqual([two, one]);
  expect(await ids('mine=1', other.secret)).toEqual([two]);
});

test('a repository is found by a part of its address, and times bound a list on both sides', async () => {
  const shop = await submit('a', owner.secret, { repo: { url: 'https://example.org/Shop.git' } });
  const none = await submit('b', owner.secret);
  expect(await ids('repo=shop')).toEqual([shop]);
  const now = new Date().toISOString();
  expect(await ids(`until=${now}`)).toEqual([none, shop]);
  expect(await ids('until=2020-01-01T00:00:00Z')).toEqual([]);
});

test('a list is counted when that is asked for, over all its pages', async () => {
  for (const title of ['a', 'b', 'c']) await submit(title, owner.secret);
  expect(await list('limit=2&count=1')).toMatchObject({ total: 3, items: [{ title: 'c' }, { title: 'b' }] });
  expect(await list('q=a&count=1')).toMatchObject({ total: 1 });
  expect(await list('limit=2')).not.toHaveProperty('total');
});

test('a list says why tasks wait, in whatever order it is', async () => {
  const task = await submit('a', owner.secret, { needs: ['gpu'] });
  const why = { code: 'no_agents', text: 'no agent has joined' };
  expect((await list('')).items).toMatchObject([{ id: task, why }]);
  expect((await list('sort=title')).items).toMatchObject([{ id: task, why }]);
});

test('a task names the keys of its history as people named them, and says who cancelled it', async () => {
  const task = await submit('a', owner.secret);
  const { secret } = await hub.key('operator');
  await hub.call('POST', `/tasks/${task}/cancel`, { key: secret, body: { reason: 'not needed' } });
  const { body } = await hub.call('GET', `/tasks/${task}`, { key: owner.secret });
  const { createdBy, cancel, names } = body as unknown as TaskView;
  expect(createdBy).toBe(`key:${owner.id}`);
  expect(Object.keys(names ?? {}).sort()).toEqual([createdBy, cancel?.by].sort());
  const why = await hub.call('GET', `/tasks/${task}/why`, { key: owner.secret });
  const by = names?.[cancel?.by ?? ''];
  expect(why.body.reasons).toEqual([{ code: 'cancelled', message: `cancelled by ${by}: not needed` }]);
});

test('it names whoever requeued it, also when they changed something of it', async () => {
  const dead = await hub.deadTask(`key:${owner.id}`);
  const other = await hub.key('operator');
  const body = { freshSession: true };
  await hub.call('POST', `/dead-letters/${dead}/requeue`, { key: other.secret, body });
  const { body: shown } = await hub.call('GET', `/tasks/${dead}`, { key: owner.secret });
  const { history, names } = shown as unknown as TaskView;
  expect(history).toContainEqual(expect.objectContaining({ detail: `key:${other.id}, with a fresh session` }));
  expect(names).toHaveProperty(`key:${other.id}`);
});

test('dead letters are found and requeued by what tasks are found by', async () => {
  const other = await hub.key('operator');
  const [mine, old] = [await hub.deadTask(`key:${owner.id}`), await hub.deadTask(`key:${other.id}`)];
  const { needs: [agent = ''] = [] } = hub.state.tasks.get(old)?.spec ?? {};
  const letters = async (query: string) => {
    const { status, body } = await hub.call('GET', `/dead-letters?${query}`, { key: owner.secret });
    expect(status).toBe(200);
    return (body as unknown as TaskPage).items.map(({ id }) => id);
  };
  expect(await letters('')).toEqual([old, mine]);
  expect(await letters('mine=1')).toEqual([mine]);
  expect(await letters(`agent=${agent}`)).toEqual([old]);
  expect(await letters('lane=high&lane=low')).toEqual([]);
  expect(await letters('lane=normal&q=A TASK&since=2020-01-01T00:00:00Z')).toEqual([old, mine]);
  expect(await letters('until=2020-01-01T00:00:00Z')).toEqual([]);
  expect(await letters('repo=shop')).toEqual([]);
  const requeue = (body: object) => hub.call('POST', '/dead-letters/requeue', { key: owner.secret, body });
  expect((await requeue({ repo: 'shop' })).body).toEqual({ requeued: 0, remaining: 0 });
  expect((await requeue({ mine: '1' })).body).toEqual({ requeued: 1, remaining: 0 });
  expect(await letters('')).toEqual([old]);
});

test.each([
  ['developer', true],
  ['submitter', true],
  ['operator', false],
  ['viewer', false],
] as const)('what is mine by itself is what a %s may change', async (role, isOwn) => {
  const caller = await hub.key(role);
  const theirs = [await submit('a', owner.secret), await submit('b', owner.secret)];
  const [own = '', ...all] = role === 'viewer' ? ['', ...theirs] : [await submit('c', caller.secret), ...theirs];
  const sees = role === 'submitter' ? [] : all;
  const others = isOwn ? { others: sees.length } : {};
  const shown = await list('mine=auto&count=1', caller.secret);
  expect(shown.items.map(({ id }) => id)).toEqual(isOwn ? [own] : [...(own === '' ? [] : [own]), ...all.toReversed()]);
  expect(shown).toEqual({ items: shown.items, nextCursor: null, total: shown.items.length, ...others });
  expect(await list('mine=0', caller.secret)).not.toHaveProperty('others');
  expect((await list('mine=auto', caller.secret)).items).toEqual(shown.items);
});

test('of a key that may only read, no task is its own, so it sees all that its role sees', async () => {
  const reader = await hub.key('developer', undefined, { scopes: ['tasks:read'] });
  const task = await submit('a', owner.secret);
  expect(await ids('mine=auto', reader.secret)).toEqual([task]);
});

test('dead letters are counted, and those of others are left out where they cannot be changed', async () => {
  const developer = await hub.key('developer');
  const own = await hub.deadTask(`key:${developer.id}`);
  await hub.deadTask(`key:${owner.id}`);
  const { body } = await hub.call('GET', '/dead-letters?mine=auto&count=1', { key: developer.secret });
  expect(body).toMatchObject({ items: [{ id: own }], total: 1, others: 1 });
  expect((await hub.call('GET', '/dead-letters?count=1', { key: developer.secret })).body).toMatchObject({ total: 2 });
});

test('a query finds tasks by what they are, and an unknown key is named', async () => {
  const [one, two] = [
    await submit('Fix the login', owner.secret, { lane: 'urgent', repo: { url: 'https://example.org/api.git' } }),
    await submit('Fix: the cart', owner.secret, { labels: { team: 'web' } }),
  ];
  const find = (q: string) => ids(`q=${encodeURIComponent(q)}`);
  expect(await find('fix')).toEqual([two, one]);
  expect(await find('state:queued repo:API lane:urgent login')).toEqual([one]);
  expect(await find('"fix: the"')).toEqual([two]);
  expect(await find('label:team=web -by:me')).toEqual([]);
  expect(await find('label:team by:me age:<1h')).toEqual([two]);
  expect(await find('age:>1h')).toEqual([]);
  expect(await ids('q=state:queued,dead&state=dead')).toEqual([]);
  expect(await list('q=state:queued&count=1')).toMatchObject({ total: 2 });
  expect(await list('q=cart&count=1')).toMatchObject({ total: 1 });
  const wrong = await hub.call('GET', '/tasks?q=stat:queued', { key: owner.secret });
  expect(wrong).toMatchObject({
    status: 400,
    body: {
      code: 'request.invalid',
      errors: [{ path: '/q', message: expect.stringContaining('did you mean state?') }],
    },
  });
});

test('any column orders a list, and only age has pages', async () => {
  const [b, a, c] = [
    await submit('b', owner.secret, { lane: 'low' }),
    await submit('a', owner.secret, { lane: 'urgent' }),
    await submit('c', owner.secret, { lane: 'low' }),
  ];
  expect(await ids('sort=title')).toEqual([a, b, c]);
  expect(await ids('sort=-title&limit=2')).toEqual([c, b]);
  expect(await ids('sort=lane')).toEqual([a, c, b]);
  const oldest = await list('sort=-age&limit=2');
  expect(oldest.items.map(({ id }) => id)).toEqual([b, a]);
  expect(await ids(`sort=-age&limit=2&cursor=${oldest.nextCursor}`)).toEqual([c]);
  const refused = async (query: string) => (await hub.call('GET', `/tasks?${query}`, { key: owner.secret })).body;
  expect(await refused(`sort=title&cursor=${a}`)).toMatchObject({ errors: [{ path: '/cursor' }] });
  expect(await refused('sort=agee')).toMatchObject({
    errors: [{ path: '/sort', message: expect.stringContaining('age') }],
  });
});

test('agents, dead letters and alerts take queries of their own', async () => {
  await hub.agent('web-1');
  await hub.agent('web-2');
  await hub.agent('api-1');
  const names = async (query: string) => {
    const { body } = await hub.call('GET', `/agents?${query}`, { key: owner.secret });
    return (body.items as { name: string }[]).map(({ name }) => name);
  };
  expect(await names('q=name:web-*')).toEqual(['web-1', 'web-2']);
  expect(await names('q=web&sort=-name')).toEqual(['web-2', 'web-1']);
  expect(await names('q=-is:connected%20state:offline%20name:api*')).toEqual(['api-1']);
  const dead = await hub.deadTask('key:x');
  const letters = async (q: string) => {
    const { body } = await hub.call('GET', `/dead-letters?q=${encodeURIComponent(q)}`, { key: owner.secret });
    return (body.items as { id: string }[]).map(({ id }) => id);
  };
  expect(await letters('class:permanent code:it.failed dead:<1h')).toEqual([dead]);
  expect(await letters('code:other')).toEqual([]);
  expect((await hub.call('GET', '/dead-letters?q=state:dead', { key: owner.secret })).status).toBe(400);
  const many = await hub.call('POST', '/dead-letters/requeue', { key: owner.secret, body: { q: 'code:it.failed' } });
  expect(many.body).toMatchObject({ requeued: 1, remaining: 0 });
  expect((await hub.call('GET', '/alerts?q=severity:page&sort=severity', { key: owner.secret })).status).toBe(200);
});
