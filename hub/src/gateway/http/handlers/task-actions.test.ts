// Many tasks changed at once over HTTP: what is selected, who may, what is said of those that could not be changed, and how it ends.

import { type MemberRole, type Operation, parseQuery, type TaskActionBody } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HUB_ORG } from '../../../core/access/access.js';
import { TestHub } from '../fixture.js';

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
});
afterEach(() => hub.stop());

interface Asked {
  readonly key: string;
  readonly status: number;
  readonly body: Operation & { readonly code?: string };
}

async function ask(body: TaskActionBody, role: MemberRole = 'operator', secret?: string): Promise<Asked> {
  const key = secret ?? (await hub.key(role)).secret;
  const { status, body: answer } = await hub.call('POST', '/tasks/actions', { key, body });
  return { key, status, body: answer as unknown as Asked['body'] };
}

/** The operation at its end, as whoever began it sees it. */
async function act(body: TaskActionBody, role?: MemberRole, secret?: string): Promise<Operation> {
  const { key, body: begun } = await ask(body, role, secret);
  await hub.operations.ended(begun.id);
  return (await hub.call('GET', `/operations/${begun.id}`, { key })).body as unknown as Operation;
}

const stateOf = (id: string) => hub.state.tasks.get(id)?.state;

describe('an action on many tasks', () => {
  it('cancels those that a query matches and leaves all others', async () => {
    const [low, other] = [await hub.submit('key:x', HUB_ORG, { lane: 'low' }), await hub.submit('key:x')];
    const foreign = await hub.submit('key:x', 'other', { lane: 'low' });
    const { status, body } = await ask({ action: 'cancel', q: 'lane:low', reason: 'enough' });
    expect([status, body.kind, body.tasks?.q]).toEqual([202, 'tasks', 'lane:low']);
    const ended = await hub.operations.ended(body.id);
    expect(ended).toMatchObject({ state: 'done', done: 1, total: 1, tasks: { changed: 1, refused: 0 } });
    expect([stateOf(low), stateOf(other), stateOf(foreign)]).toEqual(['cancelled', 'queued', 'queued']);
    expect(hub.state.tasks.get(low)?.cancel?.reason).toBe('enough');
  });

  it('says what it was about and how', async () => {
    const tasks = [await hub.submit('key:x'), await hub.submit('key:x')];
    const filter = { state: ['queued', 'blocked'], label: ['team=web'], repo: 'my shop' } as const;
    const told = await Promise.all([
      ask({ action: 'lane', to: 'up', tasks: [...tasks, ...tasks], reason: 'it is late' }),
      ask({ action: 'cancel', q: 'lane:low', ...filter, state: [...filter.state], label: [...filter.label] }),
      ask({ action: 'cancel', since: '2026-01-01T00:00:00.000Z' }),
      ask({ action: 'retry' }),
    ]);
    expect(told.map(({ body }) => [body.tasks?.q, body.tasks?.named, body.tasks?.to, body.tasks?.reason])).toEqual([
      [undefined, 2, 'up', 'it is late'],
      ['lane:low state:queued,blocked label:team=web repo:"my shop"', undefined, undefined, undefined],
      ['created:2026-01-01..', undefined, undefined, undefined],
      [undefined, undefined, undefined, undefined],
    ]);
    const { query } = parseQuery('tasks', told[1]?.body.tasks?.q ?? '', { now: 0, zone: 'UTC' });
    expect(query?.terms).toHaveLength(4);
  });

  it('only counts them in a dry run', async () => {
    const task = await hub.submit('key:x');
    const { body } = await ask({ action: 'cancel', dryRun: true });
    expect(body).toMatchObject({ state: 'done', done: 0, total: 1 });
    expect([stateOf(task), hub.operations.get(body.id)]).toEqual(['queued', undefined]);
  });

  it('requeues dead letters with what is to be different, and discards those of a code', async () => {
    const [a, b] = [await hub.deadTask('key:x'), await hub.deadTask('key:x')];
    const waiting = await hub.submit('key:x');
    await act({ action: 'requeue', tasks: [a], changes: { lane: 'high', maxAttempts: 7 } });
    expect(hub.state.tasks.get(a)?.spec).toMatchObject({ lane: 'high', maxAttempts: 7 });
    const none = await act({ action: 'discard', code: 'it.burnt' });
    const one = await act({ action: 'discard', code: 'it.failed' });
    expect([none.total, one.total, stateOf(a), stateOf(b), stateOf(waiting)]).toEqual([
      0,
      1,
      'queued',
      'cancelled',
      'queued',
    ]);
  });

  it('says of each that could not be changed why, and counts them by code', async () => {
    const [open, ended] = [await hub.submit('key:x'), await hub.submit('key:x')];
    await hub.decide({ type: 'task.cancel', org: HUB_ORG, task: ended, by: 'key:x', reason: 'before' });
    const { state, tasks } = await act({
      action: 'cancel',
      tasks: [open, ended, '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b'],
    });
    expect(state).toBe('done');
    expect(tasks).toMatchObject({ changed: 1, refused: 1, codes: [{ code: 'task.already_final', count: 1 }] });
    expect(tasks?.refusals).toMatchObject([{ task: ended, code: 'task.already_final' }]);
  });

  it('moves those that match one lane up', async () => {
    const [task, other] = [await hub.submit('key:x', HUB_ORG, { lane: 'low' }), await hub.submit('key:x')];
    const { tasks } = await act({ action: 'lane', q: 'lane:low', to: 'up' });
    expect([tasks?.changed, hub.state.tasks.get(task)?.spec.lane, hub.state.tasks.get(other)?.spec.lane]).toEqual([
      1,
      'normal',
      'normal',
    ]);
    expect((await ask({ action: 'lane' })).status).toBe(400);
    expect((await ask({ action: 'cancel', to: 'up' })).status).toBe(400);
  });

  it('takes changes with retry and requeue alone', async () => {
    const { status, body } = await ask({ action: 'cancel', changes: { lane: 'low' } });
    expect([status, body.code]).toEqual([400, 'request.invalid']);
  });
});

async function undo(id: string, role: MemberRole = 'operator'): Promise<Asked> {
  const { secret: key } = await hub.key(role);
  const { status, body } = await hub.call('POST', `/operations/${id}/undo`, { key, body: {} });
  const begun = body as unknown as Asked['body'];
  if (status === 202) await hub.operations.ended(begun.id);
  return { key, status, body: (hub.operations.get(begun.id) ?? begun) as Asked['body'] };
}

describe('the undo of an action', () => {
  it('puts tasks back into their lanes, but those that were moved or ended since', async () => {
    const low = () => hub.submit('key:x', HUB_ORG, { lane: 'low' });
    const [task, moved, ended] = [await low(), await low(), await low()];
    const { id, undo: offered } = await act({ action: 'lane', q: 'lane:low', to: 'high' });
    expect(offered?.tasks).toBe(3);
    await hub.decide({ type: 'task.move', org: HUB_ORG, task: moved, by: 'key:x', to: 'urgent' });
    await hub.decide({ type: 'task.cancel', org: HUB_ORG, task: ended, by: 'key:x', reason: 'before' });
    const { body } = await undo(id);
    expect(body).toMatchObject({
      state: 'done',
      total: 3,
      tasks: { action: 'lane', undoes: id, changed: 1, refused: 2 },
    });
    expect(body.tasks?.codes).toEqual([
      { code: 'task.changed_since', count: 1 },
      { code: 'task.already_final', count: 1 },
    ]);
    expect([task, moved].map((one) => hub.state.tasks.get(one)?.spec.lane)).toEqual(['low', 'urgent']);
    expect(body.undo).toBeUndefined();
  });

  it('makes dead letters of those that it requeued, once', async () => {
    const task = await hub.deadTask('key:x');
    const { id } = await act({ action: 'requeue', changes: { lane: 'high' } });
    expect(stateOf(task)).toBe('queued');
    expect((await undo(id)).body.tasks?.changed).toBe(1);
    expect(hub.state.tasks.get(task)).toMatchObject({ state: 'dead', death: 'permanent', spec: { lane: 'normal' } });
    const { status, body } = await undo(id);
    expect([status, body]).toMatchObject([
      409,
      { code: 'operation.not_undoable', detail: expect.stringMatching(/it was undone already/) },
    ]);
  });

  it('counts those that were offered to an agent as they were requeued', async () => {
    await hub.deadTask('key:x');
    await hub.deadTask('key:x');
    await hub.agent('idle');
    const idle = { agent: 'idle', connection: 'idle', instance: 'idle', capabilities: ['idle'] };
    const machine = { version: '1.0.0', host: 'host', os: 'linux' } as const;
    await hub.decide({ type: 'agent.hello', org: HUB_ORG, ...idle, ...machine });
    const { id, undo: offered } = await act({ action: 'requeue', changes: { needs: ['idle'] } });
    expect(offered?.tasks).toBe(2);
    expect((await undo(id)).body).toMatchObject({
      total: 2,
      tasks: { changed: 1, refused: 1, codes: [{ code: 'task.changed_since', count: 1 }] },
    });
  });

  it('is refused while the same is being undone, with the operation that does it', async () => {
    const low = () => hub.submit('key:x', HUB_ORG, { lane: 'low' });
    await Promise.all([low(), low()]);
    const { id } = await act({ action: 'lane', q: 'lane:low', to: 'high' });
    const { secret: key } = await hub.key('operator');
    const once = () => hub.call('POST', `/operations/${id}/undo`, { key, body: {} });
    const both = await Promise.all([once(), once()]);
    const begun = both.find(({ status }) => status === 202)?.body as { readonly id?: string } | undefined;
    const refused = both.find(({ status }) => status !== 202);
    expect([refused?.status, refused?.body]).toMatchObject([
      409,
      { code: 'operation.undo_running', detail: expect.stringContaining(String(begun?.id)) },
    ]);
    await hub.operations.ended(String(begun?.id));
    expect((await once()).body.code).toBe('operation.not_undoable');
  });

  it('is refused for what is cancelled, for itself, while it runs, and for another organisation', async () => {
    await hub.submit('key:x', HUB_ORG, { lane: 'low' });
    const { id: moved } = await act({ action: 'lane', to: 'up' });
    const { body: undone } = await undo(moved);
    const { id: cancelled } = await act({ action: 'cancel' });
    const tasks = [await hub.submit('key:x'), await hub.submit('key:x')];
    const { key, body: running } = await ask({ action: 'lane', to: 'up', tasks, perMinute: 1 });
    for (const id of [cancelled, undone.id, running.id])
      expect(await undo(id)).toMatchObject({ status: 409, body: { code: 'operation.not_undoable' } });
    expect((await undo(moved, 'developer')).status).toBe(404);
    await expect.poll(() => hub.operations.get(running.id)?.done).toBe(1);
    const { body: stopped } = await hub.call('POST', `/operations/${running.id}/stop`, { key, body: {} });
    expect(stopped).toMatchObject({ state: 'stopped', undo: { tasks: 1 } });
    expect((await undo(running.id)).body.tasks?.changed).toBe(1);
  });
});

describe('whoever acts on many', () => {
  it('changes only what it may change one by one', async () => {
    const { secret, id } = await hub.key('developer');
    const [own, theirs] = [await hub.submit(`key:${id}`), await hub.submit('key:x')];
    const ended = await act({ action: 'cancel' }, 'developer', secret);
    expect([ended.total, stateOf(own), stateOf(theirs)]).toEqual([1, 'cancelled', 'queued']);
    expect((await ask({ action: 'requeue' }, 'developer', secret)).status).toBe(403);
    expect((await ask({ action: 'cancel' }, 'viewer')).status).toBe(403);
  });

  it('follows its own, an operator all of the organisation, and nobody those of another', async () => {
    const begun = await ask({ action: 'cancel' }, 'developer');
    const path = `/operations/${begun.body.id}`;
    const seenBy = async (role: MemberRole, org?: string) =>
      (await hub.call('GET', path, { key: (await hub.key(role, org)).secret })).status;
    expect((await hub.call('GET', path, { key: begun.key })).status).toBe(200);
    expect([await seenBy('developer'), await seenBy('operator'), await seenBy('owner', 'other')]).toEqual([
      404, 200, 404,
    ]);
    const stranger = (await hub.key('owner', 'other')).secret;
    expect((await hub.call('POST', `${path}/stop`, { key: stranger, body: {} })).status).toBe(404);
  });

  it('changes nothing more once its key is revoked', async () => {
    const { secret, id } = await hub.key('operator');
    const tasks = [await hub.submit('key:x'), await hub.submit('key:x')];
    const { body } = await ask({ action: 'cancel', perMinute: 6_000 }, 'operator', secret);
    await hub.decide({ type: 'key.revoke', org: HUB_ORG, by: 'test', key: id });
    expect(await hub.operations.ended(body.id)).toMatchObject({
      state: 'failed',
      failures: [expect.stringMatching(/^interrupted with \d left: whoever began it may no longer do it/)],
    });
    expect(tasks.map(stateOf)).toContain('queued');
  });

  it('stops one that is paced; what is done stays done', async () => {
    const tasks = [await hub.submit('key:x'), await hub.submit('key:x')];
    const { key, body } = await ask({ action: 'cancel', perMinute: 1 });
    await expect.poll(() => hub.operations.get(body.id)?.done).toBe(1);
    const { body: stopped } = await hub.call('POST', `/operations/${body.id}/stop`, { key, body: {} });
    expect(stopped).toMatchObject({ state: 'stopped', done: 1, total: 2, tasks: { changed: 1 } });
    expect(tasks.map(stateOf).sort()).toEqual(['cancelled', 'queued']);
  });
});
