// Full task lifecycles a second, and the same work on BullMQ in the same run: warmed up, one after the other in turns, medians.

import type { Hub } from '../support/hub.js';
import { startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import type { BullLoad } from './bull-load.js';
import { counters } from './counters.js';
import { enrolMany } from './enrol.js';
import { median, rounded } from './figures.js';
import type { HubLoad } from './hub-load.js';
import type { Course, Outcome, Part, Row } from './part.js';
import { startRedis } from './redis.js';

const AGENTS = 64;
const SUBMITTERS = 16;
const OUTSTANDING = 256;
const PROMPT_BYTES = 1024;
const NEEDS = ['bench'];
const ROUND_TIMEOUT_MS = 120_000;

interface Round {
  readonly perSecond: number;
  readonly commitsPerSecond: number;
  readonly eventsPerSecond: number;
}

/** Runs so many jobs from the first submission to the last confirmed completion. */
type Rig = (jobs: number, run: string) => Promise<Round>;

export const lifecycle: Part = {
  name: 'lifecycle',
  about: 'full task lifecycles per second, and BullMQ at the same work',
  async run(course) {
    const sandbox = new Sandbox();
    try {
      return await measure(sandbox, course);
    } finally {
      await sandbox.close();
    }
  },
};

async function measure(sandbox: Sandbox, { quick, say }: Course): Promise<Outcome> {
  const jobs = quick ? 1_000 : 15_000;
  const warmUp = quick ? 500 : 20_000;
  const turns = quick ? 1 : 5;
  const hub = await startHub(sandbox);
  const ours = await hubRig(sandbox, hub);
  const theirs = await bullRig(sandbox).catch((error: Error) => error);
  if (theirs instanceof Error) say(`BullMQ is left out: ${theirs.message}`);
  const [rounds, bullRounds]: [Round[], Round[]] = [[], []];
  await ours(warmUp, 'warm-up');
  if (!(theirs instanceof Error)) await theirs.rig(warmUp, 'warm-up');
  for (let turn = 1; turn <= turns; turn++) {
    const a = await ours(jobs, `turn-${turn}`);
    rounds.push(a);
    say(`turn ${turn} of ${turns}: AgentCom ${rounded(a.perSecond)}/s`);
    if (theirs instanceof Error) continue;
    const b = await theirs.rig(jobs, `turn-${turn}`);
    bullRounds.push(b);
    say(`turn ${turn} of ${turns}: BullMQ ${rounded(b.perSecond)}/s`);
  }
  await hub.stop();
  return told(rounds, theirs instanceof Error ? theirs : { rounds: bullRounds, version: theirs.version }, jobs);
}

function told(rounds: Round[], theirs: Error | { rounds: Round[]; version: string }, jobs: number): Outcome {
  const middle = (field: keyof Round): number => rounded(median(rounds.map((round) => round[field])));
  const perSecond = middle('perSecond');
  const commits = { perSecond: middle('commitsPerSecond'), eventsPerSecond: middle('eventsPerSecond') };
  const rows: Row[] = [{ what: `full lifecycles, ${AGENTS} agents, each step on disk`, value: `${perSecond} /s` }];
  const all = rounds.map((round) => rounded(round.perSecond));
  let lifecycleJson: Record<string, unknown> = { perSecond, rounds: all, jobs, agents: AGENTS };
  if (theirs instanceof Error) {
    rows.push({ what: 'the same on BullMQ', value: 'not measured: no redis-server' });
    lifecycleJson = { ...lifecycleJson, bullmqPerSecond: null, ratioToBullmq: null, bullmqMissing: theirs.message };
  } else {
    const bullmqPerSecond = rounded(median(theirs.rounds.map((round) => round.perSecond)));
    const ratioToBullmq = rounded(perSecond / bullmqPerSecond, 2);
    const bullmqRounds = theirs.rounds.map((round) => rounded(round.perSecond));
    rows.push({ what: `the same on BullMQ, Redis ${theirs.version}, fsync always`, value: `${bullmqPerSecond} /s` });
    rows.push({ what: 'ratio to BullMQ', value: `${ratioToBullmq} ×`, goal: '≥ 1.0 ×', met: ratioToBullmq >= 1 });
    lifecycleJson = { ...lifecycleJson, bullmqPerSecond, ratioToBullmq, bullmqRounds, redis: theirs.version };
  }
  rows.push({ what: 'commits meanwhile', value: `${commits.perSecond} /s` });
  rows.push({ what: 'events meanwhile', value: `${commits.eventsPerSecond} /s` });
  return { rows, json: { lifecycle: lifecycleJson, commits } };
}

async function hubRig(sandbox: Sandbox, hub: Hub): Promise<Rig> {
  const { url, api } = hub;
  const producer = new Agents<HubLoad>(sandbox, new URL('./hub-load.js', import.meta.url));
  const workers = new Agents<HubLoad>(sandbox, new URL('./hub-load.js', import.meta.url));
  const submitters = await enrolMany(api, 'submitter', SUBMITTERS);
  const agents = await enrolMany(api, 'agent', AGENTS, 3);
  await producer.do('open', { url, machines: submitters, capabilities: [] }, ROUND_TIMEOUT_MS);
  await workers.do('open', { url, machines: agents, capabilities: NEEDS }, ROUND_TIMEOUT_MS);
  const totals = (): Promise<number[]> => counters(api, ['agentcom_commits_total', 'agentcom_events_total']);
  return async (jobs, run) => {
    const [commitsBefore = 0, eventsBefore = 0] = await totals();
    const worked = workers.do('work', { count: jobs }, ROUND_TIMEOUT_MS);
    await workers.do('ready', null, ROUND_TIMEOUT_MS);
    const submission = { count: jobs, outstanding: OUTSTANDING, promptBytes: PROMPT_BYTES, needs: NEEDS, run };
    const seconds = await timed(worked, producer.do('submit', submission, ROUND_TIMEOUT_MS));
    const [commits = 0, events = 0] = await totals();
    return {
      perSecond: jobs / seconds,
      commitsPerSecond: (commits - commitsBefore) / seconds,
      eventsPerSecond: (events - eventsBefore) / seconds,
    };
  };
}

async function bullRig(sandbox: Sandbox): Promise<{ readonly rig: Rig; readonly version: string }> {
  const { port, version } = await startRedis(sandbox);
  const producer = new Agents<BullLoad>(sandbox, new URL('./bull-load.js', import.meta.url));
  const workers = new Agents<BullLoad>(sandbox, new URL('./bull-load.js', import.meta.url));
  await producer.do('openProducer', { port }, ROUND_TIMEOUT_MS);
  await workers.do('openWorker', { port, concurrency: AGENTS }, ROUND_TIMEOUT_MS);
  const rig: Rig = async (jobs, run) => {
    const worked = workers.do('work', { count: jobs }, ROUND_TIMEOUT_MS);
    await workers.do('ready', null, ROUND_TIMEOUT_MS);
    const submission = { count: jobs, outstanding: OUTSTANDING, promptBytes: PROMPT_BYTES, run };
    const seconds = await timed(worked, producer.do('submit', submission, ROUND_TIMEOUT_MS));
    return { perSecond: jobs / seconds, commitsPerSecond: 0, eventsPerSecond: 0 };
  };
  return { rig, version };
}

/** Seconds until all of the work, which has begun just now, is done. */
async function timed(...work: Promise<unknown>[]): Promise<number> {
  const began = performance.now();
  await Promise.all(work);
  return (performance.now() - began) / 1000;
}
