// How long a task waits from its submission until its offer arrives at an idle agent, under a steady 500 tasks a second.

import type { Stats } from '@agentcom/schemas';
import { startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { enrolMany } from './enrol.js';
import { percentile, rounded } from './figures.js';
import type { HubLoad } from './hub-load.js';
import type { Part } from './part.js';

const PER_SECOND = 500;
const SUBMITTERS = 64;
const AGENTS = 64;
const PROMPT_BYTES = 1024;
/** Of the commit's p99; where the disk is fast, so many ms will do. */
const GOAL_COMMITS = 3;
const FAST_COMMIT_MS = 2;
const GOAL_P99_MS = 10;

export const latency: Part = {
  name: 'latency',
  about: `submit → assign at ${PER_SECOND} tasks per second`,
  async run({ quick }) {
    const seconds = quick ? 3 : 30;
    const timeoutMs = seconds * 1000 + 60_000;
    const sandbox = new Sandbox();
    try {
      const hub = await startHub(sandbox);
      const load = new Agents<HubLoad>(sandbox, new URL('./hub-load.js', import.meta.url));
      const submitters = await enrolMany(hub.api, 'submitter', SUBMITTERS);
      const agents = await enrolMany(hub.api, 'agent', AGENTS, 10);
      const { url } = hub;
      await load.do('open', { url, machines: submitters, capabilities: [] }, timeoutMs);
      await load.do('open', { url, machines: agents, capabilities: ['bench'] }, timeoutMs);
      const pace = { perSecond: PER_SECOND, promptBytes: PROMPT_BYTES, needs: ['bench'] };
      await load.do('pace', { ...pace, seconds: quick ? 1 : 5, run: 'warm-up' }, timeoutMs);
      const { latenciesMs } = await load.do('pace', { ...pace, seconds, run: 'run' }, timeoutMs);
      const { latencyMs } = await hub.api.need<Stats>('GET', '/stats');
      const commit = latencyMs?.commit;
      await hub.stop();
      const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((part) => rounded(percentile(latenciesMs, part), 2));
      const goal = goalMs(commit?.p99 ?? Number.NaN);
      return {
        rows: [
          { what: `submit → assign at ${PER_SECOND} tasks/s, p50`, value: `${p50} ms` },
          {
            what: `submit → assign at ${PER_SECOND} tasks/s, p99`,
            value: `${p99} ms`,
            goal: `≤ ${goal} ms, ${GOAL_COMMITS} × the commit's, or ${GOAL_P99_MS} ms on a fast disk`,
            met: Number(p99) <= goal,
          },
          {
            what: 'one commit meanwhile, p50 and p99',
            value: `${ms(commit?.p50)} and ${ms(commit?.p99)}`,
          },
        ],
        json: {
          latency: {
            submitToAssignMs: { p50, p95, p99, max },
            commitMs: {
              p50: rounded(commit?.p50 ?? Number.NaN, 2),
              p99: rounded(commit?.p99 ?? Number.NaN, 2),
            },
            perSecond: PER_SECOND,
            tasks: latenciesMs.length,
          },
        },
      };
    } finally {
      await sandbox.close();
    }
  },
};

function goalMs(commitMs: number): number {
  const goal = GOAL_COMMITS * commitMs;
  return rounded(commitMs <= FAST_COMMIT_MS ? Math.max(goal, GOAL_P99_MS) : goal, 2);
}

function ms(value: number | undefined): string {
  return value === undefined ? 'unknown' : `${rounded(value, 2)} ms`;
}
