// How long the hub's event loop stands still while a snapshot of 100,000 tasks is taken, the journal compacted, and a backup made.

import { setTimeout as delay } from 'node:timers/promises';
import type { HubApi } from '../support/api.js';
import { startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { percentile, rounded } from './figures.js';
import { amount, fill } from './memory.js';
import type { Part } from './part.js';

const LAG = /^agentcom_nodejs_eventloop_lag_max_seconds ([\d.e+-]+)$/m;
const SCRAPE_EVERY_MS = 250;
/** Between two submissions of the load meanwhile. */
const SUBMIT_EVERY_MS = 20;
const ROUNDS = 3;
const PROMPT_BYTES = 1024;
const GOAL_MS = 50;

interface Window {
  /** The longest pause of each look, ms. */
  readonly pausesMs: readonly number[];
  /** How long each submission took to be durable, ms. */
  readonly commitsMs: readonly number[];
}

export const pauses: Part = {
  name: 'pauses',
  about: 'pauses of the event loop with 100,000 tasks, while snapshot, compaction and backup run',
  async run(course) {
    const tasks = amount(course);
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox, { env: { AGENTCOM_SNAPSHOT_EVERY_BATCHES: '10000000' } });
      await fill(hub, sandbox, tasks, PROMPT_BYTES);
      const quiet = await watched(hub.api, () => delay(course.quick ? 2_000 : 20_000));
      course.say(`quiet: ${describe(quiet)}`);
      const compacting = await repeated(hub.api, '/compactions', course.quick);
      course.say(`snapshot and compaction: ${describe(compacting)}`);
      const backingUp = await repeated(hub.api, '/backups', course.quick);
      course.say(`backup: ${describe(backingUp)}`);
      await hub.stop();
      const longest = rounded(Math.max(...compacting.pausesMs), 1);
      return {
        rows: [
          {
            what: `longest pause of the hub with ${tasks} tasks, while a snapshot and a compaction run`,
            value: `${longest} ms`,
            goal: `≤ ${GOAL_MS} ms`,
            met: longest <= GOAL_MS,
          },
          { what: 'the same while a backup is made', value: `${rounded(Math.max(...backingUp.pausesMs), 1)} ms` },
          { what: 'the same with neither', value: `${rounded(Math.max(...quiet.pausesMs), 1)} ms` },
          {
            what: 'p99 of a submission: with neither, with snapshot and compaction, with a backup',
            value: [quiet, compacting, backingUp].map(({ commitsMs }) => `${p99(commitsMs)} ms`).join(', '),
          },
        ],
        json: { pauses: { tasks, quiet, compacting, backingUp } },
      };
    } finally {
      await sandbox.close();
    }
  },
};

async function repeated(api: HubApi, path: string, quick: boolean): Promise<Window> {
  return watched(api, async () => {
    for (let round = 0; round < (quick ? 1 : ROUNDS); round++) await api.operate(path);
  });
}

/** Looks at the loop's longest pause while `work` runs under a light load; each look begins a new one. */
async function watched(api: HubApi, work: () => Promise<unknown>): Promise<Window> {
  const pausesMs: number[] = [];
  const commitsMs: number[] = [];
  await lagOf(api);
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      await delay(SCRAPE_EVERY_MS);
      pausesMs.push(await lagOf(api));
    }
  })();
  const loading = (async () => {
    while (!isOver) {
      const began = performance.now();
      await api.submit({ needs: ['nobody'] });
      commitsMs.push(performance.now() - began);
      await delay(SUBMIT_EVERY_MS);
    }
  })();
  try {
    await work();
  } finally {
    isOver = true;
  }
  await Promise.all([looking, loading]);
  return { pausesMs, commitsMs };
}

async function lagOf(api: HubApi): Promise<number> {
  const { text } = await api.need<{ text: string }>('GET', '/metrics');
  return Number(LAG.exec(text)?.[1] ?? Number.NaN) * 1000;
}

function describe({ pausesMs, commitsMs }: Window): string {
  return `longest pause ${rounded(Math.max(...pausesMs), 1)} ms, p99 of ${commitsMs.length} submissions ${p99(commitsMs)} ms`;
}

function p99(values: readonly number[]): number {
  return rounded(percentile(values, 0.99), 1);
}
