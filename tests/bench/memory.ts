// Resident memory of an idle hub and of one that holds 100,000 queued tasks, and how long it takes with them to stop, and to be ready again
// after `kill -9`.

import { setTimeout as delay } from 'node:timers/promises';
import { type Hub, spawnHub, startHub, untilReady } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { enrolMany } from './enrol.js';
import { rounded } from './figures.js';
import type { HubLoad } from './hub-load.js';
import type { Course, Part, Row } from './part.js';
import { residentMib } from './resident.js';

const SUBMITTERS = 64;
const OUTSTANDING = 256;
const SUBMIT_TIMEOUT_MS = 1_200_000;
const READY_TIMEOUT_MS = 120_000;
/** Longer than an idle hub takes to give back what its start needed. */
const SETTLE_MS = 15_000;
const STOP_TIMEOUT_MS = 60_000;
const GOAL_IDLE_MIB = 90;
const GOAL_1KIB_MIB = 300;
const GOAL_16KIB_MIB = 400;
const GOAL_READY_MS = 2_000;
const GOAL_STOP_MS = 5_000;

export const memory: Part = {
  name: 'memory',
  about: 'memory of an idle hub and with 100,000 queued tasks of 1 KiB prompts, and the restart with them',
  async run(course) {
    const tasks = amount(course);
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox);
      await delay(SETTLE_MS);
      const idle = await residentMib(hub.pid);
      await fill(hub, sandbox, tasks, 1024);
      const queued1KiB = await residentMib(hub.pid);
      course.say(`${tasks} tasks take ${queued1KiB} MiB; killing the hub`);
      const readyMs = await restartMs(sandbox, hub);
      course.say(`ready again after ${readyMs} ms`);
      const rows: Row[] = [
        {
          what: 'memory of an idle hub',
          value: `${idle} MiB`,
          goal: `≤ ${GOAL_IDLE_MIB} MiB`,
          met: idle <= GOAL_IDLE_MIB,
        },
        {
          what: `memory with ${tasks} queued tasks of 1 KiB`,
          value: `${queued1KiB} MiB`,
          goal: `≤ ${GOAL_1KIB_MIB} MiB`,
          met: queued1KiB <= GOAL_1KIB_MIB,
        },
        {
          what: `ready again with them after kill -9`,
          value: `${readyMs} ms`,
          goal: `≤ ${GOAL_READY_MS} ms`,
          met: readyMs <= GOAL_READY_MS,
        },
      ];
      return { rows, json: { memory: { idle, queued1KiB, tasks }, restart: { readyMs, tasks } } };
    } finally {
      await sandbox.close();
    }
  },
};

export const largeMemory: Part = {
  name: 'memory16',
  about: 'memory with 100,000 queued tasks of 16 KiB prompts, and the end with them',
  async run(course) {
    const tasks = amount(course);
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox);
      await fill(hub, sandbox, tasks, 16 * 1024);
      const queued16KiB = await residentMib(hub.pid);
      const began = performance.now();
      await hub.child.stop(STOP_TIMEOUT_MS);
      const stopMs = rounded(performance.now() - began);
      return {
        rows: [
          {
            what: `memory with ${tasks} queued tasks of 16 KiB`,
            value: `${queued16KiB} MiB`,
            goal: `≤ ${GOAL_16KIB_MIB} MiB`,
            met: queued16KiB <= GOAL_16KIB_MIB,
          },
          {
            what: 'from SIGTERM to the end of that hub',
            value: `${stopMs} ms`,
            goal: `≤ ${GOAL_STOP_MS} ms`,
            met: stopMs <= GOAL_STOP_MS,
          },
        ],
        json: { memory: { queued16KiB }, stop: { stopMs } },
      };
    } finally {
      await sandbox.close();
    }
  },
};

export function amount({ quick }: Course): number {
  return quick ? 2_000 : 100_000;
}

/** Submits so many tasks that no agent can take. */
export async function fill(hub: Hub, sandbox: Sandbox, tasks: number, promptBytes: number): Promise<void> {
  const load = new Agents<HubLoad>(sandbox, new URL('./hub-load.js', import.meta.url));
  const machines = await enrolMany(hub.api, 'filler', SUBMITTERS);
  await load.do('open', { url: hub.url, machines, capabilities: [] }, READY_TIMEOUT_MS);
  const submission = { count: tasks, outstanding: OUTSTANDING, promptBytes, needs: ['nobody'], run: 'fill' };
  await load.do('submit', submission, SUBMIT_TIMEOUT_MS);
  await load.do('close', null, READY_TIMEOUT_MS);
  await load.end();
}

/** From the start of the new process until it answers that it is ready, as the first one's nats-server runs on. */
async function restartMs(sandbox: Sandbox, hub: Hub): Promise<number> {
  await hub.kill9();
  const began = performance.now();
  const again = spawnHub(sandbox, { dataDir: hub.dataDir, port: hub.port });
  await untilReady(hub.url, READY_TIMEOUT_MS);
  const readyMs = rounded(performance.now() - began);
  await again.stop();
  return readyMs;
}
