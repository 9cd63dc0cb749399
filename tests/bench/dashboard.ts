// The dashboard with 100,000 tasks and 5,000 agents: how soon a page is there and live, how soon a change is on it, its frames and its heap under
// load and with a log of 100 MB, and what twenty open pages cost the hub.

import { signIn, TestBrowser } from '../support/browser.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { Agents } from './agents.js';
import { frameRow, logRows, readLog } from './dashboard-log.js';
import { costRows, pagesCost } from './dashboard-pages.js';
import { enrolMany } from './enrol.js';
import { MIB, median, percentile, rounded } from './figures.js';
import type { HubLoad } from './hub-load.js';
import { amount, fill } from './memory.js';
import type { Course, Outcome, Part, Row } from './part.js';
import { Tab, type Visit } from './tab.js';

const AGENTS = 5_000;
const PROMPT_BYTES = 256;
const OPEN_TIMEOUT_MS = 180_000;
const PATHS = ['/tasks', '/agents'] as const;
const GOAL_PAINT_MS = 1_000;
const GOAL_LIVE_MS = 1_500;
const GOAL_CHANGE_MS = 250;
/** The heap counts as flat when it has grown by no more. */
const GOAL_HEAP = 1.1;
const LOOK_AT_HEAP_EVERY_MS = 5_000;
const PER_SECOND = 500;
const WORKERS = 64;

export const dashboard: Part = {
  name: 'dashboard',
  about: `pages with 100,000 tasks and ${AGENTS} agents, and what open pages cost`,
  async run(course) {
    const sandbox = new Sandbox();
    const browser = await TestBrowser.start();
    try {
      const hub = await startHub(sandbox);
      const outcome = await measure(course, { sandbox, browser, hub });
      await hub.stop();
      return outcome;
    } finally {
      await browser.close();
      await sandbox.close();
    }
  },
};

interface Bench {
  readonly sandbox: Sandbox;
  readonly browser: TestBrowser;
  readonly hub: Hub;
}

async function measure(course: Course, bench: Bench): Promise<Outcome> {
  const { quick, say } = course;
  const { hub } = bench;
  const tasks = amount(course);
  const agents = quick ? 200 : AGENTS;
  await fill(hub, bench.sandbox, tasks, PROMPT_BYTES);
  say(`${tasks} tasks are there`);
  const idle = new Agents<HubLoad>(bench.sandbox, new URL('./hub-load.js', import.meta.url));
  const machines = await enrolMany(hub.api, 'idle', agents, 20);
  await idle.do('open', { url: hub.url, machines, capabilities: ['idle'] }, OPEN_TIMEOUT_MS);
  say(`${agents} agents are connected`);

  const person = await bench.browser.person(hub.url);
  await signIn(person, hub);
  const tab = await Tab.of(person);
  const visits = await openings(tab, quick ? 2 : 5);
  say(`opened: ${JSON.stringify(visits)}`);
  const load = await steadyLoad(bench);
  const quiet = { changesMs: await changes(tab, hub, 'quiet'), frames: await tab.frames(quick ? 1_000 : 5_000) };
  say(`quiet: ${JSON.stringify(quiet)}`);
  const seconds = quick ? 8 : 60 * (course.minutes ?? 1) + 50;
  const loaded = load.run(seconds);
  const changesMs = await changes(tab, hub, 'busy');
  await tab.visit('/tasks');
  const frames = await tab.frames(quick ? 1_000 : 10_000);
  await tab.visit('/agents');
  const busy = { changesMs, frames, onAgents: await tab.frames(quick ? 1_000 : 10_000) };
  await tab.visit('/tasks');
  say(`with ${PER_SECOND} tasks/s: ${JSON.stringify(busy)}`);
  const heap = await heapOver(tab, quick ? 2_000 : 60_000 * (course.minutes ?? 1));
  say(`heap: ${heap.map((bytes) => rounded(bytes / MIB, 1)).join(', ')} MiB`);
  await loaded;
  await load.end();
  const log = await readLog({ tab, hub, bytes: quick ? 2_000_000 : 100_000_000, ms: quick ? 500 : 5_000 });
  say(`log: ${JSON.stringify(log)}`);
  const complaints = [...person.complaints];
  if (complaints.length > 0) throw new Error(`the page complains: ${complaints.join('\n')}`);
  await person.close();
  const cost = await pagesCost(bench.sandbox, hub, quick, say);
  await idle.end();
  return {
    rows: [
      ...visitRows(visits, tasks, agents),
      ...changeRows(quiet.changesMs, busy.changesMs),
      frameRow('frames a second on the list of tasks, quiet', quiet.frames),
      frameRow(`the same with ${PER_SECOND} tasks/s`, busy.frames),
      frameRow(`on the list of ${agents} agents with ${PER_SECOND} tasks/s`, busy.onAgents),
      heapRow(heap, quick ? 2 : 60 * (course.minutes ?? 1)),
      ...logRows(log),
      ...costRows(cost),
    ],
    json: { dashboard: { tasks, agents, visits, quiet, busy, heap, log, cost } },
  };
}

async function openings(tab: Tab, times: number): Promise<Readonly<Record<string, readonly Visit[]>>> {
  const visits: Record<string, Visit[]> = Object.fromEntries(PATHS.map((path) => [path, []]));
  for (let round = 0; round < times; round++) for (const path of PATHS) visits[path]?.push(await tab.visit(path));
  return visits;
}

/** Tasks at a steady pace from submission to completion, by agents of their own. */
async function steadyLoad({ sandbox, hub }: Bench) {
  const load = new Agents<HubLoad>(sandbox, new URL('./hub-load.js', import.meta.url));
  const submitters = await enrolMany(hub.api, 'steady-submitter', WORKERS, 150);
  const agents = await enrolMany(hub.api, 'steady-agent', WORKERS, 160);
  const { url } = hub;
  await load.do('open', { url, machines: submitters, capabilities: [] }, OPEN_TIMEOUT_MS);
  await load.do('open', { url, machines: agents, capabilities: ['steady'] }, OPEN_TIMEOUT_MS);
  return {
    run: (seconds: number) => {
      const pace = { perSecond: PER_SECOND, seconds, promptBytes: PROMPT_BYTES, needs: ['steady'], run: 'steady' };
      return load.do('pace', pace, seconds * 1000 + 120_000);
    },
    end: () => load.end(),
  };
}

/** Cancels tasks one by one; how long after the hub's answer each is drawn, ms. What is answered is durable. */
async function changes(tab: Tab, hub: Hub, run: string): Promise<number[]> {
  const COUNT = 20;
  const labels = { probe: run };
  const tasks = await Promise.all(
    Array.from({ length: COUNT }, () => hub.api.submit({ title: 'A probe', needs: ['nobody'], labels })),
  );
  await tab.visit(`/tasks?q=label:probe=${run}`);
  const latenciesMs: number[] = [];
  for (const { id } of tasks) {
    const drawn = tab.rowSaid(id, 'Cancelled');
    await hub.api.need('POST', `/tasks/${id}/cancel`, {});
    const durableAt = Date.now();
    latenciesMs.push((await drawn) - durableAt);
  }
  return latenciesMs;
}

async function heapOver(tab: Tab, ms: number): Promise<number[]> {
  const heap = [await tab.heapBytes()];
  const from = performance.now();
  while (performance.now() - from < ms) {
    await tab.frames(Math.min(ms, LOOK_AT_HEAP_EVERY_MS));
    heap.push(await tab.heapBytes());
  }
  return heap;
}

function visitRows(visits: Readonly<Record<string, readonly Visit[]>>, tasks: number, agents: number): Row[] {
  return Object.entries(visits).flatMap(([path, all]) => {
    const paintMs = rounded(median(all.map((one) => one.paintMs)));
    const liveMs = rounded(median(all.map((one) => one.liveMs)));
    const what = `${path} with ${tasks} tasks and ${agents} agents, nothing cached`;
    return [
      {
        what: `${what}: first paint`,
        value: `${paintMs} ms`,
        goal: `≤ ${GOAL_PAINT_MS} ms`,
        met: paintMs <= GOAL_PAINT_MS,
      },
      { what: 'the same: live', value: `${liveMs} ms`, goal: `≤ ${GOAL_LIVE_MS} ms`, met: liveMs <= GOAL_LIVE_MS },
    ];
  });
}

function changeRows(quiet: readonly number[], busy: readonly number[]): Row[] {
  const row = (what: string, latenciesMs: readonly number[]): Row => {
    const [p50, max] = [0.5, 1].map((part) => rounded(percentile(latenciesMs, part))) as [number, number];
    return {
      what: `durable → drawn, ${what}, p50 and the longest of ${latenciesMs.length}`,
      value: `${p50} and ${max} ms`,
      goal: `≤ ${GOAL_CHANGE_MS} ms`,
      met: max <= GOAL_CHANGE_MS,
    };
  };
  return [row('quiet', quiet), row(`with ${PER_SECOND} tasks/s`, busy)];
}

function heapRow(heap: readonly number[], seconds: number): Row {
  const third = Math.ceil(heap.length / 3);
  const [first, last] = [heap.slice(0, third), heap.slice(-third)].map((part) => median(part)) as [number, number];
  return {
    what: `heap of the tab over ${seconds} s at ${PER_SECOND} tasks/s: the last third to the first`,
    value: `${rounded(last / first, 2)} × of ${rounded(first / MIB, 1)} MiB`,
    goal: `≤ ${GOAL_HEAP} ×`,
    met: last / first <= GOAL_HEAP,
  };
}
