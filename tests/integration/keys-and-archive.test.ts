// Who sees what by which key, and what becomes of finished tasks that leave memory.

import type { CreatedKey, KeyView, TaskPage } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { HubApi } from '../support/api.js';
import { EventReader } from '../support/events.js';
import { startHub } from '../support/hub.js';
import { assignedTo, completion, connectedAgent, reconnected, workingOn } from '../support/on-hub.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually, within } from '../support/wait.js';

test('a submitter sees its own tasks only, until its key is revoked', { timeout: 60_000 }, async () => {
  const hub = await startHub(testSandbox());
  const { id, key } = await hub.api.need<CreatedKey>('POST', '/keys', { role: 'submitter', name: 'ci' });
  const submitter = new HubApi(hub.url, key);
  const mine = await submitter.submit({ title: 'mine', needs: ['nobody'] });
  const other = await hub.api.submit({ title: 'not mine', needs: ['nobody'] });
  const { items } = await submitter.need<TaskPage>('GET', '/tasks');
  expect(items.map((task) => task.id)).toEqual([mine.id]);
  for (const [method, path] of [
    ['GET', `/tasks/${other.id}`],
    ['GET', `/tasks/${other.id}/why`],
    ['POST', `/tasks/${other.id}/cancel`],
  ] as const) {
    expect(await submitter.call(method, path)).toMatchObject({ status: 404, body: { code: 'task.not_found' } });
  }
  expect(await submitter.call('POST', '/enrolments', {})).toMatchObject({
    status: 403,
    body: { code: 'auth.forbidden' },
  });
  expect((await hub.api.call('DELETE', `/keys/${id}`)).status).toBe(204);
  expect(await submitter.call('GET', '/tasks')).toMatchObject({ status: 401, body: { code: 'auth.invalid' } });
  await hub.stop();
});

test('a key that is revoked or removed loses what it holds, and no other does', { timeout: 60_000 }, async () => {
  const hub = await startHub(testSandbox());
  const [thief, leaver, honest] = [await connectedAgent(hub), await connectedAgent(hub), await connectedAgent(hub)];
  const attempt = await workingOn(hub, honest);
  const viewer = await hub.api.need<CreatedKey>('POST', '/keys', { role: 'viewer', name: 'screen' });
  const reader = await EventReader.open(`${hub.url}/api/v1/tasks/${attempt.task}/output?follow=1`, viewer.key);

  const { items } = await hub.api.need<{ items: KeyView[] }>('GET', '/keys?limit=200');
  const stolen = items.find(({ agent }) => agent === thief.machine.name)?.id;
  expect((await hub.api.call('DELETE', `/keys/${stolen}`)).status).toBe(204);
  expect((await within(thief.closed, 30_000, 'the end of the socket')).code).toBe(4003);
  await expect(reconnected(hub, thief.machine)).rejects.toThrow('401');

  expect((await hub.api.call('DELETE', `/agents/${leaver.machine.name}`)).status).toBe(204);
  expect((await within(leaver.closed, 30_000, 'the end of the socket')).code).toBe(4003);

  expect((await hub.api.call('DELETE', `/keys/${viewer.id}`)).status).toBe(204);
  await within(reader.ended, 30_000, 'the end of the stream');
  expect(honest.isOpen).toBe(true);
  await assignedTo(hub, await connectedAgent(hub));
  await hub.stop();
});

test('a finished task past its retention is still readable by id, with its texts, and stays final', {
  timeout: 60_000,
}, async () => {
  const hub = await startHub(testSandbox());
  await hub.api.need('PATCH', '/config', { retention: { finishedTasks: 0 } });
  const prompt = `long ${'x'.repeat(5_000)}`;
  const task = await hub.api.submit({ title: 'old', prompt, needs: ['nobody'] });
  await hub.api.need('POST', `/tasks/${task.id}/cancel`, { reason: 'done with' });
  await eventually('the task leaves memory', 20_000, async () => {
    const { items } = await hub.api.need<TaskPage>('GET', '/tasks');
    return items.length === 0 || undefined;
  });
  expect(await hub.api.task(task.id)).toMatchObject({ state: 'cancelled', prompt, cancel: { reason: 'done with' } });
  expect(await hub.api.call('POST', `/tasks/${task.id}/cancel`)).toMatchObject({
    status: 409,
    body: { code: 'task.already_final' },
  });
  await hub.stop();
});

test('a task may depend on one in the archive, over HTTP and over the socket', { timeout: 60_000 }, async () => {
  const hub = await startHub(testSandbox());
  await hub.api.need('PATCH', '/config', { retention: { finishedTasks: 0 } });
  const agent = await connectedAgent(hub);
  const parent = await workingOn(hub, agent);
  await agent.ok(completion(parent));
  await eventually('the parent leaves memory', 20_000, async () => {
    const { items } = await hub.api.need<TaskPage>('GET', '/tasks');
    return items.length === 0 || undefined;
  });
  const child = { title: 'child', prompt: 'go on', needs: ['nobody'], dependsOn: [parent.task] };
  expect(await hub.api.call('POST', '/tasks', child)).toMatchObject({ status: 201, body: { state: 'queued' } });
  const submit = { type: 'task.submit', idempotencyKey: 'k', ...child };
  const { task } = await agent.ok(submit);
  expect(await agent.ok(submit)).toMatchObject({ task, repeated: true });
  expect(await hub.api.task(String(task))).toMatchObject({ state: 'queued' });
  const unknown = { ...submit, idempotencyKey: 'l', dependsOn: ['019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b'] };
  expect(await agent.request(unknown)).toMatchObject({ type: 'error', code: 'task.parent_not_found' });
  await hub.stop();
});
