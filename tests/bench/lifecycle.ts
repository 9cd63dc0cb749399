// Full task lifecycles a second, and the same work on BullMQ in the same run: warmed up, one after the other in turns, medians.

import { join } from 'node:path';
import type { Hub } from '../support/hub.js';
import { startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import type { BullLoad } from './bull-load.js';
import { counters } from './counters.js';
import { cpuMs } from './cpu.js';
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
  /** CPU time of the hub's process for one lifecycle, µs. */
  readonly cpuMicros: number;
}

/** Runs so many jobs from the first submission to the last confirmed completion. */
export type Rig = (jobs: number, run: string) => Promise<Round>;

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

interface Measured {
  readonly rounds: readonly Round[];
}

async function measure(sandbox: Sandbox, { quick, say, before }: Course): Promise<Outcome> {
  const jobs = quick ? 1_000 : 15_000;
  const warmUp = quick ? 500 : 20_000;
  const turns = quick ? 1 : 5;
  const contenders: { readonly name: string; readonly rig: Rig; readonly rounds: Round[] }[] = [];
  const hubs: Hub[] = [];
  const addHub = async (name: string, cli?: string): Promise<void> => {
    const hub = await startHub(sandbox, { dataDir: sandbox.path(name), ...(cli !== undefined && { cli }) });
    hubs.push(hub);
    contenders.push({ name, rig: await hubRig(sandbox, hub), rounds: [] });
  };
  await addHub('AgentCom');
  if (before !== undefined) await addHub('the build before', join(before, 'scripts', 'dist', 'main.js'));
  const theirs = await bullRig(sandbox).catch((error: Error) => error);
  if (theirs instanceof Error) say(`BullMQ is left out: ${theirs.message}`);
  else contenders.push({ name: 'BullMQ', rig: theirs.rig, rounds: [] });
  for (const { rig } of contenders) await rig(warmUp, 'warm-up');
  for (let turn = 1; turn <= turns; turn++) {
    for (const { name, rig, rounds } of contenders) {
      const round = await rig(jobs, `turn-${turn}`);
      rounds.push(round);
      say(`turn ${turn} of ${turns}: ${name} ${rounded(round.perSecond)}/s`);
    }
  }
  for (const hub of hubs) await hub.stop();
  const measured = new Map(contenders.map(({ name, rounds }) => [name, { rounds }]));
  return told(measured, theirs instanceof Error ? theirs : theirs.version, jobs);
}

function told(measured: ReadonlyMap<string, Measured>, redis: Error | string, jobs: number): Outcome {
  const ours = measured.get('AgentCom')?.rounds ?? [];
  const before = measured.get('the build before')?.rounds;
  const bull = measured.get('BullMQ')?.rounds;
  const perSecond = middle(ours, 'perSecond');
  const cpuMicros = middle(ours, 'cpuMicros');
  const commits = { perSecond: middle(ours, 'commitsPerSecond'), eventsPerSecond: middle(ours, 'eventsPerSecond') };
  const rows: Row[] = [
    { what: `full lifecycles, ${AGENTS} agents, each step on disk`, value: `${perSecond} /s` },
    { what: 'CPU of the hub for a lifecycle', value: `${cpuMicros} µs`, goal: '≤ 150 µs', met: cpuMicros <= 150 },
  ];
  const json: Record<string, unknown> = { perSecond, rounds: all(ours, 'perSecond'), cpuMicros, jobs, agents: AGENTS };
  if (before !== undefined) {
    const cpuRatio = rounded(cpuMicros / middle(before, 'cpuMicros'), 2);
    const rateRatio = rounded(perSecond / middle(before, 'perSecond'), 2);
    rows.push({
      what: 'the build before',
      value: `${middle(before, 'perSecond')} /s, ${middle(before, 'cpuMicros')} µs`,
    });
    rows.push({ what: 'ratio to the build before: rate, CPU', value: `${rateRatio} ×, ${cpuRatio} ×` });
    Object.assign(json, { before: { perSecond: middle(before, 'perSecond'), cpuMicros: middle(before, 'cpuMicros') } });
  }
  if (bull === undefined) {
    rows.push({ what: 'the same on BullMQ', value: 'not measured: no redis-server' });
    Object.assign(json, { bullmqPerSecond: null, ratioToBullmq: null, bullmqMissing: String(redis) });
  } else {
    const bullmqPerSecond = middle(bull, 'perSecond');
    const ratioToBullmq = rounded(perSecond / bullmqPerSecond, 2);
    rows.push({ what: `the same on BullMQ, Redis ${redis}, fsync always`, value: `${bullmqPerSecond} /s` });
    rows.push({ what: 'ratio to BullMQ', value: `${ratioToBullmq} ×`, goal: '≥ 1.2 ×', met: ratioToBullmq >= 1.2 });
    Object.assign(json, { bullmqPerSecond, ratioToBullmq, bullmqRounds: all(bull, 'perSecond'), redis });
  }
  rows.push({ what: 'commits meanwhile', value: `${commits.perSecond} /s` });
  rows.push({ what: 'events meanwhile', value: `${commits.eventsPerSecond} /s` });
  return { rows, json: { lifecycle: json, commits } };
}

function middle(rounds: readonly Round[], field: keyof Round): number {
  return rounded(median(all(rounds, field)));
}

function all(rounds: readonly Round[], field: keyof Round): number[] {
  return rounds.map((round) => rounded(round[field]));
}

export async function hubRig(sandbox: Sandbox, hub: Hub): Promise<Rig> {
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
    const cpuBefore = cpuMs(hub.pid);
    const worked = workers.do('work', { count: jobs }, ROUND_TIMEOUT_MS);
    await workers.do('ready', null, ROUND_TIMEOUT_MS);
    const submission = { count: jobs, outstanding: OUTSTANDING, promptBytes: PROMPT_BYTES, needs: NEEDS, run };
    const seconds = await timed(worked, producer.do('submit', submission, ROUND_TIMEOUT_MS));
    const cpuMicros = ((cpuMs(hub.pid) - cpuBefore) * 1000) / jobs;
    const [commits = 0, events = 0] = await totals();
    return {
      perSecond: jobs / seconds,
      commitsPerSecond: (commits - commitsBefore) / seconds,
      eventsPerSecond: (events - eventsBefore) / seconds,
      cpuMicros,
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
    return { perSecond: jobs / seconds, commitsPerSecond: 0, eventsPerSecond: 0, cpuMicros: 0 };
  };
  return { rig, version };
}

/** Seconds until all of the work, which has begun just now, is done. */
async function timed(...work: Promise<unknown>[]): Promise<number> {
  const began = performance.now();
  await Promise.all(work);
  return (performance.now() - began) / 1000;
}
