// An agent asks, somebody answers with the command, and the agent goes on: through the real hub, sidecar, socket and command.

import { join } from 'node:path';
import type { TaskView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import type { HubApi } from '../support/api.js';
import { CLI, REPOSITORY } from '../support/cli.js';
import { EventReader } from '../support/events.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import type { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const AGENT = join(REPOSITORY, 'tests', 'fixtures', 'asking-agent.mjs');
const TIMEOUT_MS = 60_000;

interface Scene {
  readonly sandbox: Sandbox;
  readonly hub: Hub;
  readonly origin: Origin;
  readonly sidecar: Sidecar;
  readonly id: string;
  readonly output: EventReader;
}

/** A task that its agent has begun, followed by somebody. */
async function begun(): Promise<Scene> {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const origin = await Origin.make(sandbox.path('origin.git'));
  const argv = [process.execPath, AGENT];
  const sidecar = await Sidecar.join(sandbox, hub.api, 'tern', { capabilities: ['git'], argv });
  const { id } = await hub.api.submit({
    prompt: 'colour.txt\n',
    repo: { url: origin.url, base: 'main' },
    needs: ['agent:tern'],
  });
  const output = await EventReader.open(`${hub.url}/api/v1/tasks/${id}/output?follow=1`, hub.key);
  return { sandbox, hub, origin, sidecar, id, output };
}

function inState(api: HubApi, id: string, state: TaskView['state']): Promise<TaskView> {
  return eventually(`task in state ${state}`, TIMEOUT_MS, async () => {
    const task = await api.task(id);
    if (task.state === state) return task;
    throw new Error(`${task.state}: ${JSON.stringify(task.attempts.map(({ error }) => error))}`);
  });
}

/** `agentcom task answer`, as a person types it. */
async function answer({ sandbox, hub }: Scene, id: string, text: string): Promise<number | null> {
  const args = [CLI, '--hub', hub.url, '--key-file', hub.keyFile, 'task', 'answer', id, text];
  return (await sandbox.run(process.execPath, args).ended).code;
}

test('a question blocks the task, its answer begins the next turn, and the work completes', async () => {
  const scene = await begun();
  const { hub, origin, id, output } = scene;
  // While the agent is still at work or waits.
  expect((await output.next()).data).toMatchObject({ generation: 1, outputSeq: 1 });
  const blocked = await inState(hub.api, id, 'blocked');
  expect(blocked.question).toMatchObject({ question: 'Which colour?', choices: ['red', 'blue'] });
  await hub.api.need('POST', '/messages', { to: 'agent:tern', body: 'Mind the gutter.' });

  expect(await answer(scene, id, 'blue')).toBe(0);
  const { result, answers, attempts, attemptsUsed } = await inState(hub.api, id, 'completed');
  expect(attempts).toHaveLength(1);
  expect(attemptsUsed).toBe(0);
  expect(answers).toMatchObject([{ question: 'Which colour?', answer: 'blue' }]);
  expect(await origin.show(result?.commit ?? '', 'colour.txt')).toBe('blue\n');
  expect(result?.summary).toBe('It is blue now; the key was [masked].');
  expect(result?.data).toMatchObject({
    task: id,
    answers: [{ question: 'Which colour?', answer: 'blue' }],
    messages: [{ from: 'key:owner', body: 'Mind the gutter.' }],
  });

  const pieces = (await output.upTo('end')).filter(({ event }) => event === 'output');
  const text = pieces.map(({ data }) => data.data).join('');
  expect(text).toContain('End your turn now');
  expect(text.indexOf('It is to be blue.')).toBeGreaterThan(text.indexOf('End your turn now'));
  await hub.stop();
});

test('a sidecar that is killed while its agent waits for an answer goes on when it is back, without asking again', async () => {
  const scene = await begun();
  const { hub, sidecar, id, output } = scene;
  await inState(hub.api, id, 'blocked');
  await sidecar.kill9();
  expect(await answer(scene, id, 'red')).toBe(0);
  sidecar.start();
  const { result, answers } = await inState(hub.api, id, 'completed');
  expect(answers).toHaveLength(1);
  expect(result?.summary).toContain('It is red now');
  const pieces = (await output.upTo('end')).filter(({ event }) => event === 'output');
  const text = pieces.map(({ data }) => data.data).join('');
  for (const once of ['I look around.', 'It could be of any colour.', 'It is to be red.']) {
    expect(text.split(once)).toHaveLength(2);
  }
  await hub.stop();
});
