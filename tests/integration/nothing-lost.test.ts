// A hub, its nats-server and three sidecars on real git repositories, each killed with -9 again and again: every task that was accepted is
// completed once, and its branch is in its origin. A failing run names its seed; TEST_SEED repeats the choices of a run.

import { setTimeout as delay } from 'node:timers/promises';
import type { TaskView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Random } from '../simulation/random.js';
import { agentRuns, agentTask } from '../support/agent-task.js';
import { HubApi } from '../support/api.js';
import { startHub } from '../support/hub.js';
import { natsPid } from '../support/nats-process.js';
import { Origin } from '../support/origin.js';
import type { Sandbox } from '../support/sandbox.js';
import { Sidecar } from '../support/sidecar.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const ROUNDS = 20;
/** So that every round finds work under way, on any machine. */
const TASKS_PER_ROUND = 4;
const TASKS = ROUNDS * TASKS_PER_ROUND;
const ORIGINS = 2;
const AGENTS = ['one', 'two', 'three'];
const ALL_DONE_TIMEOUT_MS = 300_000;
const CONFIG = {
  offlineGraceSeconds: 20,
  retryBaseSeconds: 1,
  retryCapSeconds: 1,
  passOverBaseSeconds: 1,
  passOverCapSeconds: 1,
};

test(`${TASKS} tasks survive ${ROUNDS} rounds of kill -9`, { timeout: 540_000 }, async () => {
  const seed = Number(process.env.TEST_SEED ?? 20_261_121);
  const random = new Random(seed);
  const sandbox = testSandbox();
  const origins = await Promise.all(
    Array.from({ length: ORIGINS }, (_, i) => Origin.make(sandbox.path(`origin-${i}`))),
  );
  let hub = await startHub(sandbox, { tasks: CONFIG });
  const { url, port, dataDir } = hub;
  const api = new HubApi(url, hub.key);
  const sidecars = await Promise.all(AGENTS.map((name) => Sidecar.join(sandbox, api, name)));

  const accepted: Promise<string>[] = [];
  const victims: (() => Promise<void>)[] = [
    async () => {
      await hub.kill9();
      await delay(random.between(0, 500));
      hub = await startHub(sandbox, { dataDir, port });
    },
    async () => {
      process.kill(natsPid(hub), 'SIGKILL');
    },
    ...sidecars.map((sidecar) => async () => {
      await sidecar.kill9();
      await delay(random.between(0, 500));
      sidecar.start();
    }),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < TASKS_PER_ROUND; i++) accepted.push(submit(api, sandbox, origins, accepted.length));
    await delay(random.between(200, 2_000));
    await victims[round % victims.length]?.();
  }

  const tasks = await finished(api, await Promise.all(accepted)).catch((error: unknown) => {
    throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
  });
  const branches = await Promise.all(origins.map((origin) => origin.branches()));
  for (const task of tasks) {
    const label = `seed ${seed}: ${JSON.stringify(task)}`;
    expect(task.state, label).toBe('completed');
    expect(
      task.history.filter(({ event }) => event.includes('completed')),
      label,
    ).toHaveLength(1);
    const origin = origins.findIndex((one) => one.url === task.repo?.url);
    const { branch = '', commit = '' } = task.result ?? {};
    expect(branches[origin]?.get(branch), label).toBe(commit);
    expect(await origins[origin]?.show(commit, `${task.title}.txt`), label).toBe(`${task.id}\n`);
  }
  const runs = agentRuns(sandbox).map(({ task, generation }) => `${task} ${generation}`);
  expect(new Set(runs).size, `seed ${seed}: an agent was woken twice for one attempt`).toBe(runs.length);
  const { tasks: counts } = await api.need<{ tasks: Record<string, number> }>('GET', '/stats');
  expect(counts, `seed ${seed}`).toMatchObject({ completed: TASKS, queued: 0, dead: 0, cancelled: 0 });

  for (const sidecar of sidecars) expect((await sidecar.child.stop()).code).toBe(0);
  expect((await hub.stop()).code).toBe(0);
});

/** Submits a task until it is accepted, whatever is dead meanwhile. */
async function submit(api: HubApi, sandbox: Sandbox, origins: readonly Origin[], n: number): Promise<string> {
  const title = `task-${n}`;
  const origin = origins[n % origins.length] as Origin;
  const spec = { title, maxAttempts: 50, ...agentTask(sandbox, origin, { file: `${title}.txt` }) };
  const { id } = await eventually(`the acceptance of ${title}`, 60_000, () => api.submit(spec, `key-${n}`));
  return id;
}

async function finished(api: HubApi, ids: readonly string[]): Promise<TaskView[]> {
  await eventually('the end of all tasks', ALL_DONE_TIMEOUT_MS, async () => {
    const { tasks } = await api.need<{ tasks: Record<string, number> }>('GET', '/stats');
    if (tasks.completed === ids.length) return true;
    throw new Error(JSON.stringify(tasks));
  });
  return Promise.all(ids.map((id) => api.task(id)));
}
