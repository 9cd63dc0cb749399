// What an agent prints: taken from its own sidecar only, kept apart from the journal, read and followed by whoever may see the task.

import { startTestServer } from '@agentcom/hub/nats/testing';
import type { CreatedKey, OutputPage, OutputPiece } from '@agentcom/schemas';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { AgentSocket, Frame } from '../support/agent-socket.js';
import { HubApi } from '../support/api.js';
import { CLI } from '../support/cli.js';
import { EventReader } from '../support/events.js';
import { type Hub, readyHub, spawnHub, startHub, untilReady } from '../support/hub.js';
import {
  type Attempt,
  completion,
  connectedAgent,
  failure,
  offerOf,
  question,
  reconnected,
  workingOn,
} from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';

let hub: Hub;

beforeAll(async () => {
  const sandbox = new Sandbox();
  hub = await startHub(sandbox);
  return async () => {
    await hub.stop();
    await sandbox.close();
  };
});

function said(attempt: Attempt, outputSeq: number, data = `line ${outputSeq}\n`): Record<string, unknown> {
  return { type: 'task.output', ...attempt, outputSeq, stream: 'agent', data };
}

function ackOf(agent: AgentSocket, { task, generation }: Attempt, outputSeq: number): Promise<Frame> {
  return agent.next(
    (frame) =>
      frame.type === 'task.output.ack' &&
      frame.task === task &&
      frame.generation === generation &&
      Number(frame.outputSeq) >= outputSeq,
  );
}

/** Says so many lines and waits until they are stored. */
async function saying(agent: AgentSocket, attempt: Attempt, from: number, to: number): Promise<void> {
  for (let seq = from; seq <= to; seq++) agent.send(said(attempt, seq));
  await ackOf(agent, attempt, to);
}

function follow(of: Hub, { task }: Attempt, lastId?: string, query = ''): Promise<EventReader> {
  return EventReader.open(`${of.url}/api/v1/tasks/${task}/output?follow=1${query}`, of.key, lastId);
}

const cursors = (items: readonly OutputPiece[]) => items.map((piece) => `${piece.generation}.${piece.outputSeq}`);

test('output is read back in pages, as text, and by attempt, exactly as it was said', async () => {
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  agent.send(said(attempt, 1, 'first “line”\n'));
  agent.send({ ...said(attempt, 2, 'oops\n'), stream: 'stderr' });
  await saying(agent, attempt, 3, 5);
  const path = `/tasks/${attempt.task}/output`;
  const first = await hub.api.need<OutputPage>('GET', `${path}?limit=2`);
  expect(first.items).toMatchObject([
    { generation: 1, outputSeq: 1, stream: 'agent', data: 'first “line”\n' },
    { generation: 1, outputSeq: 2, stream: 'stderr', data: 'oops\n' },
  ]);
  expect(first.nextCursor).toBe('1.2');
  const rest = await hub.api.need<OutputPage>('GET', `${path}?cursor=${first.nextCursor}`);
  expect([cursors(rest.items), rest.nextCursor]).toEqual([['1.3', '1.4', '1.5'], null]);
  const text = await hub.api.call<{ text: string }>('GET', path, undefined, { accept: 'text/plain' });
  expect(text.headers.get('content-type')).toContain('text/plain');
  expect(text.body.text).toBe('first “line”\noops\nline 3\nline 4\nline 5\n');
  const other = await hub.api.need<OutputPage>('GET', `${path}?generation=2`);
  expect(other).toEqual({ items: [], nextCursor: null });
});

test('a follower hears everything from the beginning, across attempts and questions, until the task has ended', async () => {
  const agent = await connectedAgent(hub);
  const one = await workingOn(hub, agent);
  await saying(agent, one, 1, 2);
  const reader = await follow(hub, one);
  expect([await reader.next(), await reader.next()]).toMatchObject([
    { id: '1.1', event: 'output', data: { data: 'line 1\n' } },
    { id: '1.2' },
  ]);
  agent.send(said(one, 3, 'live\n'));
  expect(await reader.next()).toMatchObject({ id: '1.3', data: { data: 'live\n' } });
  await agent.ok(question(one));
  await hub.api.need('POST', `/tasks/${one.task}/answer`, { answer: 'left' });
  await agent.ok({ type: 'task.answered', ...one, questionId: 'q1' });
  await agent.ok(failure(one, 'transient', 2));
  await hub.api.need('POST', `/tasks/${one.task}/retry`, {});
  const two = await offerOf(agent, one.task);
  await agent.ok({ type: 'task.accept', ...two });
  agent.send(said(two, 1));
  await agent.ok({ ...completion(two), outputSeq: 2 });
  agent.send(said(two, 2, 'after the report\n'));
  expect(await reader.upTo('end')).toMatchObject([
    { id: '2.1' },
    { id: '2.2', data: { data: 'after the report\n' } },
    { event: 'end', data: { state: 'completed' } },
  ]);
  await reader.ended;
  const again = await follow(hub, one, '1.3');
  expect((await again.upTo('end')).map(({ id, event }) => `${event} ${id}`)).toEqual([
    'output 2.1',
    'output 2.2',
    'end 2.2',
  ]);
  const past = await follow(hub, one, '2.2');
  expect(await past.next()).toMatchObject({ event: 'end' });
  const onlyFirst = await follow(hub, one, undefined, '&generation=1');
  expect((await onlyFirst.upTo('end')).map(({ id }) => id)).toEqual(['1.1', '1.2', '1.3', '1.3']);
});

test('only the agent of the attempt can add to its output', async () => {
  const [agent, stranger] = [await connectedAgent(hub), await connectedAgent(hub)];
  const attempt = await workingOn(hub, agent);
  await saying(agent, attempt, 1, 1);
  const refused = await stranger.request(said(attempt, 2, 'not mine\n'));
  expect(refused).toMatchObject({ type: 'error', code: 'task.stale_generation' });
  expect(await agent.request(said({ ...attempt, generation: 2 }, 1))).toMatchObject({ code: 'task.stale_generation' });
  const nowhere = { task: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7b', generation: 1 };
  expect(await agent.request(said(nowhere, 1))).toMatchObject({ code: 'task.not_found' });
  const page = await hub.api.need<OutputPage>('GET', `/tasks/${attempt.task}/output`);
  expect(cursors(page.items)).toEqual(['1.1']);
});

test('what is sent again is kept once, also when another connection sends it', async () => {
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  await saying(agent, attempt, 1, 3);
  agent.send(said(attempt, 2));
  await ackOf(agent, attempt, 3);
  const holding = { ...attempt, phase: 'running' };
  const [back] = await reconnected(hub, agent.machine, { holding });
  await saying(back, attempt, 2, 5);
  const page = await hub.api.need<OutputPage>('GET', `/tasks/${attempt.task}/output`);
  expect(cursors(page.items)).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5']);
});

test('a submitter reads the output of its own tasks only', async () => {
  const { key } = await hub.api.need<CreatedKey>('POST', '/keys', { role: 'submitter', name: 'ci' });
  const submitter = new HubApi(hub.url, key);
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  const mine = await submitter.submit({ needs: ['nobody'] });
  expect((await submitter.call('GET', `/tasks/${mine.id}/output`)).status).toBe(200);
  for (const query of ['', '?follow=1']) {
    const refused = await submitter.call('GET', `/tasks/${attempt.task}/output${query}`);
    expect(refused).toMatchObject({ status: 404, body: { code: 'task.not_found' } });
  }
  expect((await new HubApi(hub.url, agent.machine.key).call('GET', `/tasks/${mine.id}/output`)).status).toBe(403);
  const wrong = await hub.api.call('GET', `/tasks/${mine.id}/output?follow=1`, undefined, { 'last-event-id': 'x' });
  expect(wrong).toMatchObject({ status: 400, body: { code: 'request.invalid' } });
});

test('a sidecar that sends all at once loses nothing when it does as it is told, and costs the others nothing', async () => {
  const [flood, steady] = [await connectedAgent(hub), await connectedAgent(hub)];
  const attempt = await workingOn(hub, flood);
  const piece = 'x'.repeat(32 * 1024);
  const count = 60;
  let acked = 0;
  const calm = await workingOn(hub, steady);
  while (acked < count) {
    for (let seq = acked + 1; seq <= count; seq++) flood.send(said(attempt, seq, piece));
    for (let throttled = false; !throttled && acked < count; ) {
      const frame = await flood.next(({ type }) => type === 'throttled' || type === 'task.output.ack');
      throttled = frame.type === 'throttled';
      if (!throttled) acked = Number(frame.outputSeq);
    }
  }
  await saying(steady, calm, 1, 1);
  await steady.ok(completion(calm));
  const page = await hub.api.need<OutputPage>('GET', `/tasks/${attempt.task}/output?limit=200`);
  expect(page.items.length).toBeLessThan(count);
  const rest = await hub.api.need<OutputPage>(
    'GET',
    `/tasks/${attempt.task}/output?limit=200&cursor=${page.nextCursor}`,
  );
  const numbers = [...page.items, ...rest.items].map(({ outputSeq }) => outputSeq);
  expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i + 1));
});

test('output outlives a kill of the hub, and who follows goes on where it was', { timeout: 90_000 }, async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const agent = await connectedAgent(first);
  const attempt = await workingOn(first, agent);
  await saying(agent, attempt, 1, 3);
  const reader = await follow(first, attempt);
  for (const id of ['1.1', '1.2', '1.3']) expect((await reader.next()).id).toBe(id);
  await first.kill9();
  await reader.ended;
  const second = await startHub(sandbox, { port: first.port });
  const [back] = await reconnected(second, agent.machine, { holding: { ...attempt, phase: 'running' } });
  const again = await follow(second, attempt, reader.lastId);
  await saying(back, attempt, 2, 4);
  expect((await again.next()).id).toBe('1.4');
  const stopping = second.stop();
  await again.ended;
  expect((await stopping).code).toBe(0);
  const third = await startHub(sandbox, { port: first.port });
  await untilReady(third.url);
  const page = await third.api.need<OutputPage>('GET', `/tasks/${attempt.task}/output`);
  expect(cursors(page.items)).toEqual(['1.1', '1.2', '1.3', '1.4']);
  await third.stop();
});

test('a hub that follows another shows the output too, and goes on with it when it takes the lead', {
  timeout: 120_000,
}, async () => {
  const nats = await startTestServer();
  onTestFinished(() => nats.stop());
  const sandbox = testSandbox();
  const on = (name: string) => ({
    dataDir: sandbox.path(name),
    args: ['--nats', nats.url],
    env: { AGENTCOM_NATS_USER: nats.user, AGENTCOM_NATS_PASSWORD: nats.password },
  });
  const first = await startHub(sandbox, on('first'));
  const { key } = first;
  const agent = await connectedAgent(first);
  const attempt = await workingOn(first, agent);
  await saying(agent, attempt, 1, 2);
  const second = await readyHub(spawnHub(sandbox, on('second')));
  const path = `/api/v1/tasks/${attempt.task}/output`;
  const reader = await EventReader.open(`${second.url}${path}?follow=1`, key);
  expect([(await reader.next()).id, (await reader.next()).id]).toEqual(['1.1', '1.2']);
  await saying(agent, attempt, 3, 3);
  expect((await reader.next()).id).toBe('1.3');
  await first.kill9();
  await untilReady(second.url);
  const [moved] = await reconnected(second, agent.machine, { holding: { ...attempt, phase: 'running' } });
  await saying(moved, attempt, 2, 4);
  expect((await reader.next()).id).toBe('1.4');
  await moved.ok({ ...completion(attempt), outputSeq: 4 });
  expect(await reader.next()).toMatchObject({ event: 'end', data: { state: 'completed' } });
  const page = await new HubApi(second.url, key).need<OutputPage>('GET', path);
  expect(cursors(page.items)).toEqual(['1.1', '1.2', '1.3', '1.4']);
  await second.stop();
});

test('`task logs -f` prints what comes and ends with the task, although the hub was restarted meanwhile', {
  timeout: 90_000,
}, async () => {
  const sandbox = testSandbox();
  const first = await startHub(sandbox);
  const agent = await connectedAgent(first);
  const attempt = await workingOn(first, agent);
  await saying(agent, attempt, 1, 1);
  const logs = sandbox.run(process.execPath, [CLI, 'task', 'logs', attempt.task, '-f', '--json'], {
    env: { AGENTCOM_HUB: first.url, AGENTCOM_KEY: first.key },
  });
  await logs.event('output', 20_000);
  expect((await first.stop()).code).toBe(0);
  const second = await startHub(sandbox, { port: first.port });
  const [back] = await reconnected(second, agent.machine, { holding: { ...attempt, phase: 'running' } });
  await saying(back, attempt, 2, 3);
  await back.ok(completion(attempt));
  expect(await logs.event('end', 30_000)).toMatchObject({ state: 'completed' });
  expect((await logs.ended).code).toBe(0);
  expect(logs.events.map((event) => ('outputSeq' in event ? event.outputSeq : 'end'))).toEqual([1, 2, 3, 'end']);
  await second.stop();
});
