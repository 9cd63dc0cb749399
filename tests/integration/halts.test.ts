// A halt from the command line, felt by sidecars: what runs stops with its work kept and no attempt used, nothing is offered, also to a machine that
// was away, and all of it goes on where it was.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentRuns, agentTask, openGate } from '../support/agent-task.js';
import { CLI } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { eventually } from '../support/wait.js';

const SETTLE_MS = 60_000;
const NAMES = ['ann', 'ben'] as const;

const sandbox = new Sandbox();
let hub: Hub;
let sidecars: Sidecar[];
let origin: Origin;

beforeAll(async () => {
  hub = await startHub(sandbox);
  origin = await Origin.make(sandbox.path('origin'));
  sidecars = await Promise.all(NAMES.map((name) => Sidecar.join(sandbox, hub.api, name)));
});

afterAll(async () => {
  for (const { child } of sidecars ?? []) await child.stop();
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

async function agentcom<T>(...args: readonly string[]): Promise<T> {
  const child = sandbox.run(process.execPath, [CLI, '--json', '--hub', hub.url, '--key-file', hub.keyFile, ...args]);
  const { code } = await child.ended;
  expect(code, child.tail).toBe(0);
  return child.events[0] as T;
}

function start(gate: string, needs: readonly string[] = []): Promise<{ readonly id: string }> {
  const orders = { gate: sandbox.path(gate), draft: 'draft.txt' };
  return hub.api.submit({ title: 'Work', needs, ...agentTask(sandbox, origin, orders) });
}

function runs(task: string): number[] {
  return agentRuns(sandbox).flatMap((run) => (run.task === task ? [run.generation] : []));
}

const running = (task: string) =>
  eventually(`a run of ${task}`, SETTLE_MS, async () => runs(task).length > 0 || undefined);
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('everything stops with its work kept, nothing is offered, and all goes on to the end', async () => {
  const tasks = await Promise.all([start('gate'), start('gate')]);
  for (const { id } of tasks) await running(id);
  const { id: halt } = await agentcom<{ id: string }>('halt', 'all', '--stop', '--reason', 'the provider bills twice');
  for (const { id } of tasks) {
    const stopped = await eventually(`the stop of ${id}`, SETTLE_MS, async () => {
      const task = await hub.api.task(id);
      return task.attempts[0]?.leftConfirmed === true ? task : undefined;
    });
    expect(stopped).toMatchObject({ state: 'queued', attemptsUsed: 0 });
    expect(stopped.attempts).toMatchObject([{ counted: false, halt: { id: halt } }]);
    expect(stopped.attempts[0]?.salvageRef).toMatch(/^refs\/agentcom\/salvage\//);
    expect((await agentcom<{ reasons: { code: string }[] }>('task', 'why', id)).reasons).toMatchObject([
      { code: 'halted', halt },
    ]);
  }
  expect(agentRuns(sandbox).filter(({ pid }) => isAlive(pid))).toEqual([]);

  const waiting = await start('gate');
  expect(await hub.api.task(waiting.id)).toMatchObject({ state: 'queued', offers: 0, generation: 0 });
  expect((await hub.api.agent('ann')).halts).toMatchObject([{ id: halt }]);
  expect((await agentcom<{ items: object[] }>('halts')).items).toHaveLength(1);
  openGate(sandbox.path('gate'));
  expect(await agentcom('resume', halt)).toEqual({ ended: [halt] });
  for (const { id } of tasks) {
    const done = await hub.api.taskIn(id, ['completed', 'dead'], SETTLE_MS);
    expect(done).toMatchObject({ state: 'completed', attemptsUsed: 0 });
    expect(await origin.show(done.result?.commit ?? '', 'draft.txt')).toBe('1\n');
    expect(runs(id)).toEqual([1, 2]);
    expect(done.attempts[1]?.agent).toBe(done.attempts[0]?.agent);
  }
  await hub.api.taskIn(waiting.id, ['completed'], SETTLE_MS);
});

test('a machine that was away stops what it had as soon as it is back, and begins nothing', async () => {
  const { id } = await start('other-gate', ['agent:ben']);
  await running(id);
  const ben = sidecars[1] as Sidecar;
  await ben.kill9();
  const { id: halt } = await agentcom<{ id: string }>('halt', 'agent', 'ben', '--stop', '--reason', 'maintenance');
  expect(await hub.api.task(id)).toMatchObject({ state: 'queued', attemptsUsed: 0 });
  ben.start();
  const stopped = await eventually(`the stop of ${id}`, SETTLE_MS, async () => {
    const task = await hub.api.task(id);
    return task.attempts[0]?.leftConfirmed === true ? task : undefined;
  });
  expect(stopped).toMatchObject({ state: 'queued', generation: 1, attemptsUsed: 0 });
  expect(agentRuns(sandbox).filter(({ pid }) => isAlive(pid))).toEqual([]);
  openGate(sandbox.path('other-gate'));
  expect(await agentcom('resume', '--all')).toEqual({ ended: [halt] });
  const done = await hub.api.taskIn(id, ['completed', 'dead'], SETTLE_MS);
  expect(await origin.show(done.result?.commit ?? '', 'draft.txt')).toBe('1\n');
});
