// The routes about halts, from a socket to the decision and back.

import type { HaltPage, HaltView, Why } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HUB_ORG } from '../../../core/access/access.js';
import { TestHub } from '../fixture.js';

const OTHER = 'other';
const LABEL = { kind: 'label', value: 'team=roof' } as const;

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

function halt(scope: object, more: object = {}, caller = key) {
  const body = { scope, strength: 'new', reason: 'moving house', ...more };
  return hub.call<HaltView>('POST', '/halts', { key: caller, body });
}

async function list(caller = key): Promise<HaltPage['items']> {
  return (await hub.call<HaltPage>('GET', '/halts', { key: caller })).body.items;
}

test('a halt is made, listed, audited and ended; the same again is the same one', async () => {
  const until = '2100-01-01T00:00:00.000Z';
  const made = await halt(LABEL, { strength: 'running', until });
  expect(made).toMatchObject({
    status: 201,
    body: { scope: LABEL, strength: 'running', reason: 'moving house', by: expect.stringMatching(/^key:/), until },
  });
  expect((await halt(LABEL, { strength: 'running', reason: 'fire' })).body).toMatchObject({
    id: made.body.id,
    reason: 'fire',
  });
  expect(await list()).toMatchObject([{ id: made.body.id, reason: 'fire' }]);
  expect((await list())[0]).not.toHaveProperty('until');
  expect(hub.audited.map(({ fact }) => fact)).toContainEqual(
    expect.objectContaining({ route: 'halt.create', target: made.body.id }),
  );
  expect(await hub.call('DELETE', `/halts/${made.body.id}`, { key })).toMatchObject({ status: 204 });
  expect(await list()).toEqual([]);
  expect(await hub.call('DELETE', `/halts/${made.body.id}`, { key })).toMatchObject({
    status: 404,
    body: { code: 'halt.not_found' },
  });
});

test('a halt says what it is about, and whether anything has that name', async () => {
  expect((await halt(LABEL)).body).toMatchObject({ running: 0, pending: 0, unknown: true });
  await hub.call('POST', '/tasks', { key, body: { title: 't', prompt: 'p', labels: { team: 'roof' } } });
  const { body } = await halt(LABEL);
  expect(body).toMatchObject({ running: 0, pending: 1 });
  expect([body, (await list())[0]].map((one) => 'unknown' in (one ?? {}))).toEqual([false, false]);
});

test('what a halt would be about is said before it is made, and to nobody who may not make it', async () => {
  const reach = (scope: Record<string, string>, caller = key) =>
    hub.call('GET', `/halts/reach?${new URLSearchParams(scope)}`, { key: caller });
  await hub.call('POST', '/tasks', { key, body: { title: 't', prompt: 'p', labels: { team: 'roof' } } });
  expect(await reach(LABEL)).toMatchObject({ status: 200, body: { running: 0, pending: 1 } });
  expect((await reach({ kind: 'org' })).body).toEqual({ running: 0, pending: 1 });
  expect((await reach({ kind: 'repo', value: 'https://git.example.com/*' })).body).toEqual({
    running: 0,
    pending: 0,
    unknown: true,
  });
  expect(await list()).toEqual([]);
  expect(await reach({ kind: 'agent', value: 'nobody' })).toMatchObject({
    status: 404,
    body: { code: 'agent.not_found' },
  });
  expect(await reach({ kind: 'label', value: 'team' })).toMatchObject({
    status: 400,
    body: { errors: [{ path: '/value' }] },
  });
  expect(await reach({ kind: 'fleet' }, other)).toMatchObject({ status: 403 });
  expect(await reach({ kind: 'org', value: HUB_ORG }, other)).toMatchObject({ status: 403 });
  expect((await reach({ kind: 'org', value: OTHER })).body).toEqual({ running: 0, pending: 0 });
});

test.each([
  ['a fleet with a value', { kind: 'fleet', value: 'x' }],
  ['a repository without one', { kind: 'repo' }],
  ['a label without a name', { kind: 'label', value: '=roof' }],
  ['a label without a value', { kind: 'label', value: 'team' }],
])('%s is refused at the field', async (_what, scope) => {
  expect(await halt(scope)).toMatchObject({
    status: 400,
    body: { code: 'request.invalid', errors: [{ path: '/scope/value' }] },
  });
});

test('only those who run the hub halt more than their own organisation, and it does not hear who did', async () => {
  for (const scope of [{ kind: 'fleet' }, { kind: 'org', value: HUB_ORG }])
    expect(await halt(scope, {}, other)).toMatchObject({ status: 403, body: { code: 'auth.forbidden' } });
  const { body: fleet } = await halt({ kind: 'fleet' });
  const { body: theirs } = await halt({ kind: 'org', value: OTHER });
  await halt(LABEL);
  expect((await list(other)).map(({ id, by }) => [id, by])).toEqual([
    [fleet.id, 'hub'],
    [theirs.id, 'hub'],
  ]);
  expect(await hub.call('DELETE', `/halts/${fleet.id}`, { key: other })).toMatchObject({ status: 403 });
  const task = await hub.submit('key:x', OTHER);
  const { body } = await hub.call<Why>('GET', `/tasks/${task}/why`, { key: other });
  expect(body.reasons.map(({ halt: id }) => id)).toEqual(expect.arrayContaining([fleet.id, theirs.id]));
  expect(body.reasons[0]?.message).toContain('those who run the hub: moving house');
});

test('an agent shows what halts it', async () => {
  await hub.agent('worker');
  const { body } = await halt({ kind: 'agent', value: 'worker' });
  expect((await hub.call('GET', '/agents/worker', { key })).body).toMatchObject({
    halts: [{ id: body.id, strength: 'new', reason: 'moving house' }],
  });
});
