// How long `agentcom halt all --stop` takes, from the start of the command until the last agent was told to stop and nobody is offered anything any
// more, while the hub is at full load.

import { startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { agentcom } from './command.js';
import { enrolMany } from './enrol.js';
import { median, percentile, rounded } from './figures.js';
import type { HaltLoad } from './halt-load.js';
import type { Course, Outcome, Part } from './part.js';

const PER_SECOND = 500;
const SUBMITTERS = 64;
const WORKERS = 64;
const HOLDERS = 200;
const ROUNDS = 20;
const GOAL_MS = 2_000;
const ORDER_TIMEOUT_MS = 120_000;

export const halt: Part = {
  name: 'halt',
  about: `a halt by the command at ${PER_SECOND} tasks per second, with ${HOLDERS} agents at work beside`,
  async run(course) {
    const sandbox = new Sandbox();
    try {
      return await measure(sandbox, course);
    } finally {
      await sandbox.close();
    }
  },
};

interface Round {
  /** Of the command itself, until it has ended. */
  readonly commandMs: number;
  readonly lastStopMs: number;
  readonly lastOfferMs: number;
}

async function measure(sandbox: Sandbox, { quick, say }: Course): Promise<Outcome> {
  const holders = quick ? 20 : HOLDERS;
  const hub = await startHub(sandbox);
  const load = new Agents<HaltLoad>(sandbox, new URL('./halt-load.js', import.meta.url));
  await load.do(
    'open',
    {
      url: hub.url,
      submitters: await enrolMany(hub.api, 'submitter', SUBMITTERS),
      workers: await enrolMany(hub.api, 'worker', WORKERS, 10),
      holders: await enrolMany(hub.api, 'holder', holders, 20),
    },
    ORDER_TIMEOUT_MS,
  );
  await load.do('begin', { perSecond: PER_SECOND }, ORDER_TIMEOUT_MS);
  const rounds: Round[] = [];
  for (let round = 0; round < (quick ? 2 : ROUNDS); round++) {
    await load.do('ready', null, ORDER_TIMEOUT_MS);
    const beganMs = Date.now();
    await agentcom(sandbox, hub, 'halt', 'all', '--stop', '--reason', 'the benchmark');
    const commandMs = Date.now() - beganMs;
    const receipts = await load.do('receipts', null, ORDER_TIMEOUT_MS);
    const since = (atMs: number): number => Math.max(0, atMs - beganMs);
    rounds.push({ commandMs, lastStopMs: since(receipts.lastStopMs), lastOfferMs: since(receipts.lastOfferMs) });
    say(
      `halted: the last stop after ${rounds.at(-1)?.lastStopMs} ms, the last offer after ${rounds.at(-1)?.lastOfferMs} ms`,
    );
    await agentcom(sandbox, hub, 'resume', '--all');
  }
  await load.do('ready', null, ORDER_TIMEOUT_MS);
  const { completed } = await load.do('end', null, ORDER_TIMEOUT_MS);
  await hub.stop();
  const received = rounds.map(({ lastStopMs, lastOfferMs }) => Math.max(lastStopMs, lastOfferMs));
  const most = Math.max(...received);
  const commands = rounds.map(({ commandMs }) => commandMs);
  return {
    rows: [
      {
        what: `halt by the command until all of ${holders + WORKERS} agents have it, at ${PER_SECOND} tasks/s, p50 and max`,
        value: `${median(received)} and ${most} ms`,
        goal: `≤ ${GOAL_MS} ms`,
        met: most <= GOAL_MS,
      },
      {
        what: 'of that until the command had ended, p50 and max',
        value: `${median(commands)} and ${Math.max(...commands)} ms`,
      },
    ],
    json: {
      halt: {
        ...{ agents: holders + WORKERS, perSecond: PER_SECOND, rounds: rounds.length, completed },
        receivedMs: { p50: median(received), p90: percentile(received, 0.9), max: most },
        commandMs: { p50: rounded(median(commands)), max: Math.max(...commands) },
      },
    },
  };
}
