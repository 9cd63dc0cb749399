// A sidecar that is killed or frozen at any moment of its work: its next start finds the work and finishes it, or says what became of it.

import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AgentView, TaskView } from '@agentcom/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentRuns, agentTask, openGate } from '../support/agent-task.js';
import { HeldGit } from '../support/held-git.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { eventually, within } from '../support/wait.js';

const TASKS = {
  offlineGraceSeconds: 2,
  acceptTimeoutSeconds: 3600,
  retryBaseSeconds: 1,
  retryCapSeconds: 1,
};

const sandbox = new Sandbox();
const git = new HeldGit(sandbox);
let hub: Hub;
let origin: Origin;
let gates = 0;

beforeAll(async () => {
  origin = await Origin.make(sandbox.path('origin'));
  hub = await startHub(sandbox, { tasks: { ...TASKS, offlineGraceSeconds: 60 } });
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close()).toEqual([]);
});

describe('a sidecar killed with -9', () => {
  test.each([
    ['preparing', 'fetch'],
    ['preparing', 'read-tree'],
    ['checking', 'status'],
    ['pushing', 'push --quiet'],
  ])('while %s, at git %s, finishes at its next start', async (phase, word) => {
    const sidecar = await joined(`killed-${phase}-${word.split(' ', 1)[0]}`);
    git.hold(word);
    const { id } = await submitFor(sidecar);
    await git.caught();
    await sidecar.kill9();
    git.release();
    sidecar.start();
    await expectCompleted(id, { generation: 1, runs: 1 });
    await stop(sidecar);
  });

  test('before it has accepted is offered the task again', async () => {
    const sidecar = await joined('killed-assigned');
    sidecar.child.signal('SIGSTOP');
    const { id } = await submitFor(sidecar);
    expect((await hub.api.task(id)).state).toBe('assigned');
    await sidecar.kill9();
    sidecar.start();
    await expectCompleted(id, { generation: 1, runs: 1 });
    await stop(sidecar);
  });

  test('while the agent works finds it at its next start', async () => {
    const sidecar = await joined('killed-running');
    const gate = newGate();
    const { id } = await submitFor(sidecar, { gate });
    await started(id);
    await sidecar.kill9();
    sidecar.start();
    await sidecar.connected(hub.api);
    expect((await hub.api.task(id)).state).toBe('working');
    openGate(gate);
    await expectCompleted(id, { generation: 1, runs: 1 });
    await stop(sidecar);
  });

  test('finds how the agent ended that finished meanwhile', async () => {
    const sidecar = await joined('killed-finished');
    const gate = newGate();
    const { id } = await submitFor(sidecar, { gate });
    const pid = await started(id);
    await sidecar.kill9();
    openGate(gate);
    await ended(pid);
    sidecar.start();
    await expectCompleted(id, { generation: 1, runs: 1 });
    await stop(sidecar);
  });

  test('together with its agent reports the loss, and the next attempt completes', async () => {
    const sidecar = await joined('killed-both');
    const gate = newGate();
    const { id } = await submitFor(sidecar, { gate });
    const pid = await started(id);
    await sidecar.kill9();
    process.kill(pid, 'SIGKILL');
    await ended(pid);
    openGate(gate);
    sidecar.start();
    const task = await expectCompleted(id, { generation: 2, runs: 2 });
    expect(task.attempts.map(({ error }) => error?.class)).toEqual(['transient', undefined]);
    await stop(sidecar);
  });

  test('with a result that the hub has not confirmed reports it again', async () => {
    const sidecar = await joined('killed-reporting');
    const gate = newGate();
    const { id } = await submitFor(sidecar, { gate });
    await started(id);
    const { port } = hub;
    await hub.kill9();
    openGate(gate);
    await eventually('the pushed branch', 30_000, async () => {
      const branches = [...(await origin.branches()).keys()];
      return branches.some((name) => name.includes(id.slice(-12))) || undefined;
    });
    await sidecar.kill9();
    hub = await startHub(sandbox, { port, tasks: { ...TASKS, offlineGraceSeconds: 60 } });
    expect((await hub.api.task(id)).state).toBe('working');
    sidecar.start();
    await expectCompleted(id, { generation: 1, runs: 1 });
    await stop(sidecar);
  });

  test('whose task is cancelled meanwhile stops the agent and keeps its work', async () => {
    const sidecar = await joined('killed-cancelled');
    const { id } = await submitFor(sidecar, { gate: newGate() });
    const pid = await started(id);
    await sidecar.kill9();
    await hub.api.need('POST', `/tasks/${id}/cancel`, { reason: 'not needed' });
    sidecar.start();
    await ended(pid);
    await eventually('the idle agent', 30_000, async () => {
      return (await hub.api.agent(sidecar.machine.name)).state === 'idle' || undefined;
    });
    expect((await hub.api.task(id)).state).toBe('cancelled');
    const next = await submitFor(sidecar);
    await expectCompleted(next.id, { generation: 1, runs: 1 });
    await stop(sidecar);
  });
});

describe('a copy of a machine', () => {
  test('is refused for good, the agent shows why, and the attempt that runs is not touched', async () => {
    const sidecar = await joined('copied');
    const gate = newGate();
    const { id } = await submitFor(sidecar, { gate });
    await started(id);
    const copy = sidecar.startCopy(sandbox.path('copy'));
    expect(await within(copy.ended, 30_000, 'the end of the copy')).toMatchObject({ code: 77 });
    expect(copy.tail).toContain('in use on another machine');
    const { conflict, connected, state } = await hub.api.need<AgentView>('GET', '/agents/copied');
    expect({ host: conflict?.host, connected, state }).toEqual({ host: hostname(), connected: true, state: 'working' });
    openGate(gate);
    await expectCompleted(id, { generation: 1, runs: 1 });
    await sidecar.kill9();
    sidecar.start();
    await sidecar.connected(hub.api);
    await stop(sidecar);
  });
});

describe('work that does not pass the checks', () => {
  test('is kept under a salvage ref and reported', async () => {
    const sidecar = await joined('unclean');
    const { id } = await submitFor(sidecar, { dirty: true }, 1);
    const task = await hub.api.taskIn(id, ['dead'], 60_000);
    const error = task.attempts.at(-1)?.error;
    expect(error?.class).toBe('verification');
    const ref = /refs\/agentcom\/salvage\/\S+/.exec(error?.message ?? '')?.[0] ?? '';
    expect(await mirrorGit(sidecar, 'show', `${ref}:work.txt`)).toBe(`${id}\n`);
    expect([...(await origin.branches()).keys()].some((name) => name.includes(id.slice(-12)))).toBe(false);
    await stop(sidecar);
  });
});

describe('a sidecar frozen past its grace', () => {
  test('goes on when nobody else has the task, and gives up the one that somebody has', {
    timeout: 150_000,
  }, async () => {
    const port = hub.port;
    expect((await hub.stop()).code).toBe(0);
    hub = await startHub(sandbox, { port, tasks: TASKS });
    const [alone, first] = [await joined('frozen-alone'), await joined('frozen-first', ['shared'])];
    const [goesOn, movesOn] = [newGate(), newGate()];
    const own = await submitFor(alone, { gate: goesOn });
    const shared = await hub.api.submit({
      title: 'shared',
      needs: ['shared'],
      ...agentTask(sandbox, origin, { gate: movesOn }),
    });
    const firstPid = await started(shared.id);
    await started(own.id);
    const second = await joined('frozen-second', ['shared']);

    for (const sidecar of [alone, first]) sidecar.child.signal('SIGSTOP');
    await eventually('another attempt', 60_000, () =>
      agentRuns(sandbox).find(({ task, generation }) => task === shared.id && generation === 2),
    );
    const lost = await hub.api.taskIn(own.id, ['queued', 'scheduled'], 60_000);
    expect(lost.attempts.at(-1)?.error?.class).toBe('lost');
    openGate(goesOn);

    for (const sidecar of [alone, first]) sidecar.child.signal('SIGCONT');
    await expectCompleted(own.id, { generation: 1, runs: 1 });
    await ended(firstPid);
    openGate(movesOn);
    const moved = await expectCompleted(shared.id, { generation: 2, runs: 2 });
    expect(moved.attempts.map(({ agent, error }) => [agent, error?.class])).toEqual([
      ['frozen-first', 'lost'],
      ['frozen-second', undefined],
    ]);
    await eventually(
      'the idle agent',
      30_000,
      async () => (await hub.api.agent('frozen-first')).state === 'idle' || undefined,
    );
    await Promise.all([alone, first, second].map(stop));
  });
});

/** Its agent takes only tasks for it by name. */
function joined(name: string, more: readonly string[] = []): Promise<Sidecar> {
  return Sidecar.join(sandbox, hub.api, name, {
    capabilities: [name, ...more],
    gitProgram: git.program,
    stopGraceSeconds: 1,
  });
}

function submitFor(sidecar: Sidecar, orders: Parameters<typeof agentTask>[2] = {}, maxAttempts = 3): Promise<TaskView> {
  const { name } = sidecar.machine;
  return hub.api.submit({ title: name, needs: [name], maxAttempts, ...agentTask(sandbox, origin, orders) });
}

function newGate(): string {
  return sandbox.path(`gate-${++gates}`);
}

/** The process of the first agent that was started for the task. */
async function started(id: string): Promise<number> {
  const run = await eventually(`the agent of ${id}`, 30_000, () => agentRuns(sandbox).find(({ task }) => task === id));
  return run.pid;
}

async function ended(pid: number): Promise<void> {
  await eventually(`the end of process ${pid}`, 30_000, () => {
    try {
      process.kill(pid, 0);
      return undefined;
    } catch {
      return true;
    }
  });
}

/** Completed once, its branch in the origin, after so many starts of an agent. */
async function expectCompleted(id: string, expected: { generation: number; runs: number }): Promise<TaskView> {
  const task = await hub.api.taskIn(id, ['completed'], 60_000);
  expect(task.generation).toBe(expected.generation);
  expect(agentRuns(sandbox).filter((run) => run.task === id)).toHaveLength(expected.runs);
  const { branch = '', commit = '' } = task.result ?? {};
  expect((await origin.branches()).get(branch)).toBe(commit);
  expect(await origin.show(commit, 'work.txt')).toBe(`${id}\n`);
  return task;
}

async function stop(sidecar: Sidecar): Promise<void> {
  expect((await sidecar.child.stop()).code).toBe(0);
}

async function mirrorGit(sidecar: Sidecar, ...args: string[]): Promise<string> {
  const mirrors = join(sidecar.repoRoot, 'mirrors');
  const [mirror = ''] = readdirSync(mirrors).filter((name) => name.endsWith('.git'));
  return origin.git('--git-dir', join(mirrors, mirror), ...args);
}
