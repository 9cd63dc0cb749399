// What agents report and what the hub sends them, spoken by a raw client to a real hub.

import { salvageRefOf, type Why } from '@agentcom/schemas';
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
    tasks: {
      acceptTimeoutSeconds: 3,
      offlineGraceSeconds: 2,
      stopGraceSeconds: 3,
      retryBaseSeconds: 3600,
      retryCapSeconds: 3600,
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
    await agent.ok({ ...completion(attempt, 2), outputSeq: 7 });
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

  test('of a usage limit keep tasks of that runner from the agent, and say so, until it is resumed', async () => {
    const agent = await connectedAgent(hub);
    const { name } = agent.machine;
    const attempt = await workingOn(hub, agent, { runner: 'codex' });
    const resetsAt = new Date(Date.now() + 600_000).toISOString();
    await agent.ok({ ...failure(attempt, 'rate_limited'), resetsAt });
    expect((await hub.api.agent(name)).limits).toMatchObject([{ runner: 'codex' }]);
    const { id } = await submitFor(hub, agent, { runner: 'codex' });
    const why = await hub.api.need<Why>('GET', `/tasks/${id}/why`);
    expect(why.reasons).toMatchObject([{ code: 'runner_limited', until: expect.any(String) }]);
    const other = await workingOn(hub, agent, { runner: 'claude' });
    await agent.ok(completion(other));
    await hub.api.need('POST', `/agents/${name}/resume`, {});
    await offerOf(agent, id);
    expect((await hub.api.agent(name)).limits).toBeUndefined();
  });

  test('of the session, the verification and the notes are shown with the task', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    const session = { runner: 'claude', id: 's-1', model: 'a-model' };
    await agent.ok({ type: 'task.progress', ...attempt, seq: 1, session, usage: { inputTokens: 5 } });
    expect((await hub.api.task(attempt.task)).attempts).toMatchObject([{ session, usage: { inputTokens: 5 } }]);
    const verification = Array.from({ length: 4 }, () => ({
      command: 'npm test',
      exitCode: 0,
      seconds: 1.5,
      output: 'ok\n'.repeat(600),
    }));
    const result = { summary: 'done', verification, notes: ['the base has moved on'] };
    await agent.ok({ type: 'task.complete', ...attempt, seq: 2, result, session, usage: { inputTokens: 7 } });
    const view = await hub.api.task(attempt.task);
    expect(view).toMatchObject({ state: 'completed', result, usage: { inputTokens: 7 }, attempts: [{ session }] });
  });

  test('that use up the budget leave no further attempt', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent, { budget: { tokens: 100 }, maxAttempts: 9 });
    await agent.ok({ ...failure(attempt, 'transient'), usage: { inputTokens: 60, outputTokens: 40 } });
    expect(await hub.api.task(attempt.task)).toMatchObject({ state: 'dead', death: 'budget' });
  });

  test('of the same changed files are said on both tasks', async () => {
    const [one, other] = [await connectedAgent(hub), await connectedAgent(hub)];
    const repo = { url: 'https://git.example.com/shared.git' };
    const [first, second] = [await workingOn(hub, one, { repo }), await workingOn(hub, other, { repo })];
    await one.ok({ type: 'task.progress', ...first, seq: 1, paths: ['src/a.ts', 'src/b.ts'] });
    await other.ok({ type: 'task.progress', ...second, seq: 1, paths: ['src/b.ts'] });
    for (const [task, peer] of [
      [first.task, second.task],
      [second.task, first.task],
    ] as const) {
      const view = await hub.api.task(task);
      expect(view.overlaps).toEqual([{ task: peer, paths: ['src/b.ts'] }]);
      expect(view.history).toContainEqual(
        expect.objectContaining({ detail: `changes the same files as task ${peer}: src/b.ts` }),
      );
    }
    await one.ok(completion(first, 2));
    expect((await hub.api.task(second.task)).overlaps).toBeUndefined();
    await other.ok(completion(second, 2));
  });

  test('of a stop that nobody asked for end the attempt as lost', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent, { repo: { url: 'https://git.example.com/roof.git' } });
    const salvageRef = salvageRefOf({ ...attempt, agent: agent.machine.name });
    await agent.ok({ type: 'task.stopped', ...attempt, salvageRef });
    await agent.ok({ type: 'task.stopped', ...attempt, salvageRef });
    const view = await hub.api.task(attempt.task);
    expect(view).toMatchObject({ state: 'scheduled', reason: 'backoff', attemptsUsed: 1 });
    expect(view.attempts).toMatchObject([{ error: { class: 'lost', code: 'agent.stopped' }, salvageRef }]);
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
    expect((await hub.api.call('POST', `/tasks/${attempt.task}/answer`, { answer: 'left' })).body).toMatchObject({
      code: 'task.answer_not_a_choice',
      errors: [{ path: '/answer', message: 'must be one of: Left, Right' }],
    });
    await hub.api.need('POST', `/tasks/${attempt.task}/answer`, { answer: 'Left', questionId: 'q1' });
    expect(await agent.ofType('task.answer')).toMatchObject({ ...attempt, questionId: 'q1', answer: 'Left' });
    await agent.ok({ type: 'task.answered', ...attempt, questionId: 'q1' });
    await agent.ok(completion(attempt, 2));
  });

  test('tells a later attempt of those before, of the answers, and of what was used', async () => {
    const agent = await connectedAgent(hub);
    const attempt = await workingOn(hub, agent);
    await agent.ok(question(attempt));
    await hub.api.need('POST', `/tasks/${attempt.task}/answer`, { answer: 'Left' });
    await agent.ofType('task.answer');
    await agent.ok({ ...failure(attempt, 'verification', 2), usage: { inputTokens: 5, seconds: 2.5 } });
    await hub.api.need('POST', `/tasks/${attempt.task}/retry`, {});
    const offer = await agent.ofType('task.assign');
    expect(offer).toMatchObject({
      generation: 2,
      task: {
        pastAttempts: [
          {
            generation: 1,
            agent: agent.machine.name,
            error: { class: 'verification', code: 'test.failed', message: 'It failed.' },
          },
        ],
        answers: [{ questionId: 'q1', question: 'Which way?', answer: 'Left' }],
        // It counts from the last time that an operator sent the task again.
        used: { inputTokens: 0, seconds: 0 },
      },
    });
    const second = { ...attempt, generation: 2 };
    await agent.ok({ type: 'task.accept', ...second });
    await agent.ok(completion(second));
    expect((await hub.api.task(attempt.task)).answers).toMatchObject([{ questionId: 'q1', answer: 'Left' }]);
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
    const view = await eventually('the heartbeat', 30_000, async () => {
      const shown = await hub.api.agent(agent.machine.name);
      return shown.load === undefined ? undefined : shown;
    });
    expect(view).toMatchObject({ load: 0.5, freeDiskBytes: 1_000_000, connected: true });
  });
});
