// What agents report and what the hub sends them, spoken by a raw client to a real hub.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgentSocket } from '../support/agent-socket.js';
import { type Hub, startHub } from '../support/hub.js';
import {
  assignedTo,
  completion,
  connectedAgent,
  failure,
  offerOf,
  question,
  reconnected,
  submitFor,
  workingOn,
} from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';

const sandbox = new Sandbox();
let hub: Hub;

beforeAll(async () => {
  hub = await startHub(sandbox, {
    env: {
      AGENTCOM_ACCEPT_TIMEOUT_SECONDS: '3',
      AGENTCOM_OFFLINE_GRACE_SECONDS: '2',
      AGENTCOM_STOP_GRACE_SECONDS: '3',
      AGENTCOM_RETRY_BASE_SECONDS: '3600',
      AGENTCOM_RETRY_CAP_SECONDS: '3600',
    },
  });
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

describe('reports', () => {
  test('repeated with the same number and body are confirmed again; with another body they conflict', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    const progress = { type: 'task.progress', ...attempt, seq: 1, note: 'half', fraction: 0.5 };
    await agent.ok(progress);
    await agent.ok(progress);
    expect(await agent.request({ ...progress, note: 'other' })).toMatchObject({
      type: 'error',
      code: 'report.conflict',
    });
    await agent.ok(completion(attempt, 2));
    await agent.ok(completion(attempt, 2));
    expect(await agent.request(completion(attempt, 2, 'another'))).toMatchObject({ code: 'report.conflict' });
    const view = await hub.api.task(attempt.task);
    expect(view).toMatchObject({ state: 'completed', result: { summary: 'done' } });
    expect(view.history.filter(({ event }) => event.includes('completed'))).toHaveLength(1);
  });

  test('before the accept are refused', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await assignedTo(hub, agent);
    expect(await agent.request(completion(attempt))).toMatchObject({ type: 'error', code: 'task.not_accepted' });
    expect((await hub.api.task(attempt.task)).state).toBe('assigned');
    await agent.ok({ type: 'task.accept', ...attempt });
    await agent.ok({ type: 'task.accept', ...attempt });
    expect(await agent.request({ type: 'task.reject', ...attempt, reason: 'no' })).toMatchObject({
      code: 'task.not_assigned',
    });
    await agent.ok(completion(attempt));
  });

  test('on the task of another agent are stale', async () => {
    const [one, other] = [await connectedAgent(hub), await connectedAgent(hub)];
    const attempt = await workingOn(hub, one);
    expect(await other.request(completion(attempt))).toMatchObject({ code: 'task.stale_generation' });
    expect(await one.request(completion({ ...attempt, generation: 7 }))).toMatchObject({
      code: 'task.stale_generation',
    });
    await one.ok(completion(attempt));
  });

  test('of a permanent failure make a dead letter, which an operator can requeue', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.ok(failure(attempt, 'permanent'));
    expect(await hub.api.task(attempt.task)).toMatchObject({ state: 'dead', death: 'permanent' });
    await hub.api.need('POST', `/dead-letters/${attempt.task}/requeue`, {});
    const second = await offerOf(agent, attempt.task);
    expect(second.generation).toBe(2);
    await agent.ok({ type: 'task.accept', ...second });
    await agent.ok(completion(second));
    const view = await hub.api.task(attempt.task);
    expect(view.state).toBe('completed');
    expect(view.attempts.map(({ error }) => error?.class)).toEqual(['permanent', undefined]);
  });

  test('of a usage limit wait for its end without using an attempt', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    const resetsAt = new Date(Date.now() + 600_000).toISOString();
    await agent.ok({ ...failure(attempt, 'rate_limited'), resetsAt });
    const view = await hub.api.task(attempt.task);
    expect(view).toMatchObject({ state: 'scheduled', reason: 'rate_limited', attemptsUsed: 0 });
  });
});

describe('the hub', () => {
  test('sends questions up and answers down', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.ok({ ...question(attempt), choices: ['Left', 'Right'] });
    expect(await hub.api.task(attempt.task)).toMatchObject({
      state: 'blocked',
      question: { questionId: 'q1', question: 'Which way?', choices: ['Left', 'Right'] },
    });
    expect(
      (await hub.api.call('POST', `/tasks/${attempt.task}/answer`, { answer: 'x', questionId: 'q2' })).body,
    ).toMatchObject({
      code: 'task.question_mismatch',
    });
    await hub.api.need('POST', `/tasks/${attempt.task}/answer`, { answer: 'Left', questionId: 'q1' });
    expect(await agent.ofType('task.answer')).toMatchObject({ ...attempt, questionId: 'q1', answer: 'Left' });
    await agent.ok({ type: 'task.answered', ...attempt, questionId: 'q1' });
    await agent.ok(completion(attempt, 2));
  });

  test('sends a cancel, and keeps the agent until it has stopped', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await hub.api.need('POST', `/tasks/${attempt.task}/cancel`, { reason: 'changed my mind' });
    expect(await agent.ofType('task.cancel')).toMatchObject({ ...attempt, reason: 'changed my mind' });
    const { id } = await submitFor(hub, agent);
    expect((await hub.api.task(id)).state).toBe('queued');
    expect(await agent.request(completion(attempt))).toMatchObject({ type: 'error', code: 'task.already_final' });
    await agent.ok({ type: 'task.stopped', ...attempt, salvageRef: 'refs/agentcom/salvage/x' });
    await offerOf(agent, id);
    expect((await hub.api.task(attempt.task)).state).toBe('cancelled');
  });

  test('refuses the cancel that comes after the completion', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.ok(completion(attempt));
    const answer = await hub.api.call('POST', `/tasks/${attempt.task}/cancel`, {});
    expect(answer).toMatchObject({ status: 409, body: { code: 'task.already_final' } });
  });

  test('takes back an offer that is not accepted, and offers nothing more until the next hello', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await assignedTo(hub, agent);
    const view = await hub.api.taskIn(attempt.task, ['queued']);
    expect(view.attemptsUsed).toBe(0);
    expect((await hub.api.agent(agent.machine.name)).unresponsive).toBe(true);
    const { id } = await submitFor(hub, agent);
    expect((await hub.api.need<{ reasons: { code: string }[] }>('GET', `/tasks/${id}/why`)).reasons[0]?.code).toBe(
      'agents_unresponsive',
    );
    const [again] = await reconnected(hub, agent.machine);
    await offerOf(again, id);
  });

  test('offers a rejected task to another agent', async () => {
    const [one, other] = [await connectedAgent(hub), await connectedAgent(hub)];
    await other.cut();
    const attempt = await assignedTo(hub, one);
    const second = await AgentSocket.join(hub.url, other.machine, { capabilities: [one.machine.name] });
    await one.ok({ type: 'task.reject', ...attempt, reason: 'no space' });
    expect((await offerOf(second, attempt.task)).generation).toBe(attempt.generation + 1);
  });

  test('ends an attempt past its run timeout and stops the agent', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent, { runTimeoutSeconds: 1 });
    expect(await agent.ofType('task.cancel')).toMatchObject(attempt);
    expect((await hub.api.task(attempt.task)).attempts.at(-1)?.error?.class).toBe('timeout');
    await agent.ok({ type: 'task.stopped', ...attempt });
  });

  test('drains and resumes an agent', async () => {
    const agent = await connectedAgent(hub);
    const { name } = agent.machine;
    const attempt = await workingOn(hub, agent);
    await hub.api.need('POST', `/agents/${name}/drain`, {});
    await agent.ofType('agent.drain');
    await agent.ok(completion(attempt));
    const { id } = await submitFor(hub, agent);
    expect((await hub.api.task(id)).state).toBe('queued');
    await hub.api.need('POST', `/agents/${name}/resume`, {});
    await agent.ofType('agent.resume');
    await offerOf(agent, id);
  });

  test('takes submissions from agents once for each key', async () => {
    const agent = await connectedAgent(hub);
    const submit = {
      type: 'task.submit',
      idempotencyKey: 'once',
      title: 'From an agent',
      prompt: 'p',
      needs: ['nobody'],
    };
    const first = await agent.ok(submit);
    expect(first).toMatchObject({ repeated: false });
    expect(await agent.ok(submit)).toMatchObject({ task: first.task, repeated: true });
    expect(await agent.request({ ...submit, prompt: 'another' })).toMatchObject({ code: 'idempotency.key_reused' });
    expect((await hub.api.task(String(first.task))).createdBy).toBe(`agent:${agent.machine.name}`);
  });

  test('shows the agents of the organisation and what their heartbeats say', async () => {
    const agent = await connectedAgent(hub);
    await agent.ok({ type: 'heartbeat', load: 0.5, freeDiskBytes: 1_000_000 });
    const list = (await agent.ok({ type: 'agents.list' })).agents as { name: string; state: string }[];
    expect(list.find(({ name }) => name === agent.machine.name)?.state).toBe('idle');
    const view = await eventually('the heartbeat', 5_000, async () => {
      const shown = await hub.api.agent(agent.machine.name);
      return shown.load === undefined ? undefined : shown;
    });
    expect(view).toMatchObject({ load: 0.5, freeDiskBytes: 1_000_000, connected: true });
  });
});
