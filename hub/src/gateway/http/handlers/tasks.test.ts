// Tasks over HTTP, where an answer depends on more than one decision: parents and tasks in the archive, and keys that were used before.

import { LIMITS } from '@agentcom/schemas';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestHub } from '../fixture.js';

let hub: TestHub;
let key: string;

beforeEach(async () => {
  hub = await TestHub.start();
  key = (await hub.key('owner')).secret;
});

afterEach(() => hub.stop());

const ORG = 'default';
const BODY = { title: 'a task', prompt: 'do it', needs: ['nobody'] };

function submit(more: object = {}, as = key, idempotencyKey?: string) {
  const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  return hub.call('POST', '/tasks', { key: as, body: { ...BODY, ...more }, headers });
}

/** A task that has ended, in the archive. */
async function archived(state: 'completed' | 'cancelled', by = 'key:x', org = ORG): Promise<string> {
  const task = state === 'completed' ? await completed(by, org) : await hub.submit(by, org);
  if (state === 'cancelled')
    await hub.decide({ type: 'task.cancel', org, task, by: 'test', reason: 'not needed any more' });
  await hub.archive(task);
  return task;
}

async function completed(by: string, org = ORG): Promise<string> {
  const agent = `worker-${hub.state.agents.size}`;
  await hub.agent(agent, org);
  const machine = { capabilities: [agent], version: '1.0.0', host: 'host', os: 'linux' };
  await hub.decide({ type: 'agent.hello', org, agent, connection: agent, instance: agent, ...machine });
  const task = await hub.submit(by, org, { needs: [agent] });
  const attempt = { org, agent, connection: agent, task, generation: 1 };
  await hub.decide({ type: 'task.accept', ...attempt });
  const report = { seq: 1, digest: 'd' };
  await hub.decide({ type: 'task.complete', ...attempt, report, result: { summary: 'done' } });
  return task;
}

describe('a parent in the archive', () => {
  test('is satisfied at once when it completed, beside one that is still open', async () => {
    const [old, open] = [await archived('completed'), await hub.submit('key:x')];
    expect(await submit({ dependsOn: [old] })).toMatchObject({ status: 201, body: { state: 'queued' } });
    expect(await submit({ dependsOn: [old, open] })).toMatchObject({ status: 201, body: { state: 'waiting' } });
  });

  test('cannot be waited for when it was cancelled, is of another organisation, or was never there', async () => {
    const cancelled = await archived('cancelled');
    const foreign = await archived('completed', 'key:x', 'other');
    const missing = '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b';
    for (const [parent, message] of [
      [cancelled, `task ${cancelled} was cancelled`],
      [foreign, `task ${foreign} not found`],
      [missing, `task ${missing} not found`],
    ]) {
      const refused = await submit({ dependsOn: [parent] });
      expect(refused).toMatchObject({
        body: { code: 'task.parent_not_found', errors: [{ path: '/dependsOn/0', message }] },
      });
    }
  });

  test('must be its own for a submitter', async () => {
    const submitter = await hub.key('submitter');
    const [mine, other] = [await archived('completed', `key:${submitter.id}`), await archived('completed')];
    expect(await submit({ dependsOn: [mine] }, submitter.secret)).toMatchObject({ status: 201 });
    expect(await submit({ dependsOn: [other] }, submitter.secret)).toMatchObject({
      body: { code: 'task.parent_not_found' },
    });
  });
});

describe('a task in the archive', () => {
  test.each([
    ['/tasks/:id/cancel', {}, 'task.already_final'],
    ['/tasks/:id/answer', { answer: 'x' }, 'task.already_final'],
    ['/tasks/:id/retry', {}, 'task.not_retryable'],
    ['/dead-letters/:id/requeue', {}, 'task.not_dead'],
    ['/dead-letters/:id/discard', {}, 'task.not_dead'],
  ])('is refused %s as it was in memory', async (url, body, code) => {
    const task = await completed('key:x');
    const ask = () => hub.call('POST', url.replace(':id', task), { key, body });
    const live = await ask();
    expect(live).toMatchObject({ status: 409, body: { code } });
    await hub.archive(task);
    const later = await ask();
    expect(later).toMatchObject({ status: 409, body: { code, detail: live.body.detail } });
  });

  test('is shown, explained and read', async () => {
    const task = await archived('completed');
    expect(await hub.call('GET', `/tasks/${task}`, { key })).toMatchObject({
      status: 200,
      body: { state: 'completed' },
    });
    expect(await hub.call('GET', `/tasks/${task}/why`, { key })).toMatchObject({
      body: { reasons: [{ code: 'completed', message: expect.stringContaining('done by ') }] },
    });
    expect(await hub.call('GET', `/tasks/${task}/output`, { key })).toMatchObject({ status: 200 });
  });
});

describe('an idempotency key that was used before', () => {
  test('is answered with 200, `repeated` and the task as it is by now', async () => {
    const first = await submit({}, key, 'k');
    expect(first).toMatchObject({ status: 201, body: { state: 'queued' } });
    expect(first.body).not.toHaveProperty('repeated');
    const task = String(first.body.id);
    const again = () => submit({}, key, 'k');
    expect(await again()).toMatchObject({
      status: 200,
      headers: { location: `/api/v1/tasks/${task}` },
      body: { id: task, state: 'queued', repeated: true },
    });
    await hub.decide({ type: 'task.cancel', org: ORG, task, by: 'test', reason: 'not needed' });
    expect(await again()).toMatchObject({ status: 200, body: { id: task, state: 'cancelled', repeated: true } });
    await hub.archive(task);
    expect(await again()).toMatchObject({ status: 200, body: { id: task, state: 'cancelled', repeated: true } });
    expect(await submit({ title: 'another' }, key, 'k')).toMatchObject({
      status: 422,
      body: { code: 'idempotency.key_reused' },
    });
  });

  test('with parents that have left memory since', async () => {
    const parent = await completed('key:x');
    const first = await submit({ dependsOn: [parent] }, key, 'k');
    await hub.archive(parent);
    expect(await submit({ dependsOn: [parent] }, key, 'k')).toMatchObject({
      status: 200,
      body: { id: first.body.id, repeated: true },
    });
  });

  test('on another route is answered as before, and says so', async () => {
    const task = await hub.submit('key:x');
    const cancel = () =>
      hub.call('POST', `/tasks/${task}/cancel`, { key, body: {}, headers: { 'idempotency-key': 'c' } });
    expect((await cancel()).headers).not.toHaveProperty('idempotency-replayed');
    expect(await cancel()).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
  });
});

describe('a requeue that changes something', () => {
  test.each(['/dead-letters/:id/requeue', '/tasks/:id/retry'])('by POST %s', async (url) => {
    const task = await hub.deadTask('key:x');
    const body = { freshSession: true, model: 'm-2', promptAppend: 'Leave the tests alone.' };
    expect(await hub.call('POST', url.replace(':id', task), { key, body })).toMatchObject({
      status: 200,
      body: { state: 'queued', model: 'm-2', prompt: 'do it\n\nLeave the tests alone.' },
    });
  });

  test('of all that may be different', async () => {
    const task = await hub.deadTask('key:x');
    const body = {
      keepBudget: true,
      budget: { tokens: 500 },
      lane: 'high',
      needs: ['gpu', 'git', 'git'],
      runner: 'codex',
      maxAttempts: 7,
      runTimeoutSeconds: 60,
      prompt: 'Do less.',
      ifGeneration: hub.state.tasks.get(task)?.generation,
    };
    const { keepBudget: _keep, ifGeneration: _if, ...spec } = body;
    expect(await hub.call('POST', `/tasks/${task}/retry`, { key, body })).toMatchObject({
      status: 200,
      body: { state: 'queued', ...spec, needs: ['git', 'gpu'] },
    });
  });

  test('of the runners and models, and of what it may cost, which a new budget raises too', async () => {
    const task = await hub.deadTask('key:x');
    const body = { runner: ['claude', 'codex'], model: ['only'], maxCost: 5 };
    expect(await hub.call('POST', `/tasks/${task}/retry`, { key, body })).toMatchObject({
      status: 200,
      body: {
        state: 'queued',
        runner: ['claude', 'codex'],
        model: 'only',
        maxCost: 5,
        routes: [
          { runner: 'claude', model: 'only', n: 0 },
          { runner: 'codex', model: 'only', n: 0 },
        ],
      },
    });
    const other = await hub.deadTask('key:x');
    const dead = hub.state.tasks.get(other);
    if (dead !== undefined) dead.spec = { ...dead.spec, maxCost: 5 };
    const raised = { budget: { costMicros: 9 } };
    expect(await hub.call('POST', `/tasks/${other}/retry`, { key, body: raised })).toMatchObject({
      body: { maxCost: 9, ...raised },
    });
  });

  test('of what somebody saw, unless it has been tried again since', async () => {
    const task = await hub.deadTask('key:x');
    const body = { ifGeneration: 9 };
    expect(await hub.call('POST', `/tasks/${task}/retry`, { key, body })).toMatchObject({
      status: 409,
      body: { code: 'task.attempted_since', errors: [{ path: '/ifGeneration' }] },
    });
  });

  test('of many', async () => {
    const [one, two] = [await hub.deadTask('key:x'), await hub.deadTask('key:x')];
    const body = { class: 'permanent', promptAppend: 'Leave the tests alone.', maxAttempts: 9, needs: ['gpu'] };
    expect(await hub.call('POST', '/dead-letters/requeue', { key, body })).toMatchObject({
      body: { requeued: 2, remaining: 0 },
    });
    for (const task of [one, two])
      expect(hub.state.tasks.get(task)?.spec).toMatchObject({
        prompt: 'do it\n\nLeave the tests alone.',
        maxAttempts: 9,
        needs: ['gpu'],
      });
  });

  test('is refused when the prompt would be too large, and changes nothing', async () => {
    const task = await hub.deadTask('key:x');
    const body = { promptAppend: 'x'.repeat(LIMITS.promptBytes) };
    expect(await hub.call('POST', `/dead-letters/${task}/requeue`, { key, body })).toMatchObject({
      status: 413,
      body: { code: 'task.too_large', errors: [{ path: '/promptAppend' }] },
    });
    expect(hub.state.tasks.get(task)).toMatchObject({ state: 'dead', spec: { prompt: 'do it' } });
  });

  test('is refused for what is not dead, and for a field that there is not', async () => {
    const task = await hub.submit('key:x');
    const requeue = (body: object) => hub.call('POST', `/dead-letters/${task}/requeue`, { key, body });
    expect(await requeue({ promptAppend: 'more' })).toMatchObject({ status: 409, body: { code: 'task.not_dead' } });
    expect(await requeue({ fresh: true })).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
  });
});
