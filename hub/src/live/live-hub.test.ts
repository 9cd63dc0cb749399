// Pages against a model: whatever happened, in whatever order frames were read, and however often a page was away, it has the rows that the
// state has. Long because what pages are told has many occasions, and all of them share one bench.

import {
  type AgentView,
  type LiveFrame,
  type LiveView,
  matcherOf,
  parseQuery,
  parseSort,
  rowOrder,
  type TaskSummary,
} from '@agentcom/schemas';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../access/authenticate.js';
import type { SaidPhase } from '../core/agent/phase.js';
import type { Command } from '../core/commands.js';
import { Bench, ORG, REPO, submission } from '../core/fixture.js';
import { ALL, WHO } from '../core/halt/fixture.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import { endOf } from '../core/task/dead-letters.js';
import { taskFacts } from '../core/task/task-facts.js';
import type { LinkSigns } from '../core/task/why-held.js';
import { WhyInBrief } from '../core/task/why-in-brief.js';
import { Feed } from '../feed/feed.js';
import { ManualTime } from '../notify/testing.js';
import type { LivePage } from './group.js';
import { LiveHub } from './live-hub.js';
import type { HubFacts } from './source.js';

const CALLER = {
  credential: 'c',
  by: 'submitter',
  name: 'n',
  org: ORG,
  role: 'operator',
  rateMultiplier: 1,
} as Caller;

interface Row {
  readonly id: string;
}

/** As the page of a person keeps rows. */
class Page implements LivePage {
  hub: HubFacts | undefined;
  isBehind = false;
  isOpen = false;
  rows = new Map<string, Row>();
  seq: number | undefined;
  total: number | undefined;
  readonly types: string[] = [];
  readonly refusals: string[] = [];
  #end: () => void = () => undefined;

  constructor(
    private readonly live: LiveHub,
    readonly view: LiveView,
    private readonly caller = CALLER,
  ) {
    this.open();
  }

  open(): void {
    this.hub = undefined;
    this.isOpen = true;
    const end = this.live.subscribe(this, this.caller, 1, this.view, this.seq);
    if (end instanceof Refusal) throw new Error(end.message);
    this.#end = end;
  }

  close(): void {
    this.isOpen = false;
    this.#end();
    this.#end = () => undefined;
  }

  send(text: string): void {
    const frame = JSON.parse(text) as LiveFrame;
    this.types.push(frame.type);
    if (frame.type === 'snapshot') this.rows = new Map(frame.items.map((row) => [row.id, row]));
    else if (frame.type === 'delta') {
      for (const id of frame.gone) this.rows.delete(id);
      for (const row of frame.put) this.rows.set(row.id, row);
    } else return;
    this.seq = frame.seq;
    this.total = frame.total;
  }

  refused(_id: number, { code }: Refusal): void {
    this.refusals.push(code);
    this.close();
  }
}

let bench: Bench;
let time: ManualTime;
let feed: Feed;
let live: LiveHub;
let seq: number;
let failures: unknown[];
let listeners: number;
/** What each look at a view takes. */
let cpuStepMs: number;
let cpuMs: number;
/** What each look at one agent takes. */
let agentMs: number;
/** Whether the hub has much else to do. */
let isBusy: boolean;
/** That one turn took. */
let longestMs: number;
/** What the links of agents say. */
let phases: Map<string, SaidPhase>;

beforeEach(() => reset());

function reset(): void {
  time = new ManualTime();
  bench = new Bench();
  bench.now = now();
  failures = [];
  seq = 0;
  listeners = 0;
  cpuStepMs = 0;
  cpuMs = 0;
  agentMs = 0;
  isBusy = false;
  longestMs = 0;
  phases = new Map();
  feed = new Feed({ soon: (run) => void time.after(0, run), onFailed: (error) => failures.push(error) });
  const subscribe: Feed['subscribe'] = (options, subscriber) => {
    listeners++;
    const end = feed.subscribe(options, subscriber);
    return () => {
      listeners--;
      end();
    };
  };
  live = new LiveHub({
    shard: {
      // Each look at a view takes so long.
      now: () => {
        cpuMs += cpuStepMs;
        return now();
      },
      read: async <T>(look: (state: State) => T) => {
        const from = cpuMs;
        const value = look(bench.state);
        longestMs = Math.max(longestMs, cpuMs - from);
        return { seq, value };
      },
    },
    feed: {
      get seq() {
        return feed.seq;
      },
      subscribe,
    },
    scheduler: time,
    cpuNow: () => time.now() + cpuMs,
    workedMs: () => cpuMs + (isBusy ? time.now() : 0),
    onFailed: (error) => failures.push(error),
    ports: {
      hub: () => ({ role: 'leader', lagMs: 0, version: '1.0.0', journal: 'j' }),
      surroundings: () => {
        cpuMs += agentMs;
        return { hubVersion: '1.0.0' };
      },
      signsOf: (agent) => signsOf(agent),
      health: () => ({ status: 'healthy', reasons: [] }),
      storage: () => ({ streams: [] }),
      durability: () => ({ fsync: 'always', replicas: 1, copies: [], isOwn: true }),
      disk: () => ({ directory: '/data', freeBytes: 9_000, lowBytes: 1_000 }),
      operations: () => 0,
      commitMs: () => ({}),
      fill: async (task) => ({ ...task, prompt: String(task.prompt) }) as never,
      archived: async () => null,
      changesAfter: (after) => feed.after(after),
    },
  });
}

function signsOf(agent: string): LinkSigns | undefined {
  const phase = phases.get(agent);
  return phase && { lastSeenAt: now(), phase };
}

function now(): number {
  return 1_700_000_000_000 + time.now();
}

/** Decided, and durable at once; what the state forbids is left. */
function decide(command: Command): void {
  bench.now = now();
  const outcome = bench.decide(command);
  if (!(outcome instanceof Refusal) && outcome.changes.length > 0) feed.publish(outcome.changes, ++seq, 1);
}

function submit(title: string): void {
  decide(submission({ title }));
}

function pass(ms: number): Promise<void> {
  return time.pass(ms);
}

type Step =
  | { readonly kind: 'submit'; readonly lane: 'urgent' | 'low'; readonly title: string; readonly hasRepo: boolean }
  | {
      readonly kind: 'work';
      readonly n: number;
      readonly verb: 'accept' | 'complete' | 'fail' | 'die' | 'block' | 'cancel' | 'requeue';
    }
  | { readonly kind: 'agent'; readonly n: number; readonly verb: 'join' | 'gone' | 'drain' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'page'; readonly n: number; readonly verb: 'close' | 'open' | 'lag' | 'read' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      lane: fc.constantFrom('urgent' as const, 'low' as const),
      title: fc.constantFrom('fix it', 'add it'),
      hasRepo: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('work' as const),
      n: fc.nat(20),
      verb: fc.constantFrom(...(['accept', 'complete', 'fail', 'die', 'block', 'cancel', 'requeue'] as const)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('agent' as const),
      n: fc.nat(2),
      verb: fc.constantFrom('join' as const, 'gone' as const, 'drain' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 50, 150, 3_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('page' as const),
      n: fc.nat(20),
      verb: fc.constantFrom('close' as const, 'open' as const, 'lag' as const, 'read' as const),
    }),
  },
);

async function take(step: Step, pages: readonly Page[]): Promise<void> {
  if (step.kind === 'pass') return pass(step.ms);
  if (step.kind === 'page') {
    const page = pages[step.n % pages.length] as Page;
    if (step.verb === 'lag' || step.verb === 'read') page.isBehind = step.verb === 'lag';
    else {
      page.close();
      if (step.verb === 'open') page.open();
    }
    return;
  }
  await pass(1);
  if (step.kind === 'submit') {
    const { title, lane, hasRepo } = step;
    return decide(submission({ title, lane, ...(hasRepo && { repo: REPO }) }));
  }
  if (step.kind === 'agent') {
    const name = `agent-${step.n}`;
    const known = bench.state.agents.get(`${ORG}/${name}`);
    if (step.verb === 'join' && known === undefined) {
      bench.join(name);
      // The bench decides that by itself.
      feed.reset(++seq);
    } else if (step.verb === 'gone' && known?.connection !== undefined)
      decide({ type: 'agent.gone', org: ORG, agent: name, connection: known.connection });
    else if (step.verb === 'drain' && known !== undefined)
      decide({ type: 'agent.drain', org: ORG, agent: name, draining: !known.draining, reason: 'r' });
    return;
  }
  const tasks = [...bench.state.tasks.values()];
  const task = tasks[step.n % Math.max(1, tasks.length)];
  if (task === undefined) return;
  const by = bench.by(task.id);
  const report = bench.mark();
  const error = { code: 'it.failed', message: 'it failed' };
  switch (step.verb) {
    case 'accept':
      return decide({ type: 'task.accept', ...by });
    case 'complete':
      return decide({ type: 'task.complete', ...by, report, result: { summary: 'done', pullRequest: 'https://x/1' } });
    case 'fail':
      return decide({ type: 'task.fail', ...by, report, error: { class: 'transient', ...error } });
    case 'die':
      return decide({ type: 'task.fail', ...by, report, error: { class: 'permanent', ...error } });
    case 'block':
      return decide({ type: 'task.block', ...by, report, question: { questionId: `q${seq}`, question: 'which?' } });
    case 'cancel':
      return decide({ type: 'task.cancel', org: ORG, task: task.id, by: 'x', reason: 'r' });
    case 'requeue':
      return decide({ type: 'dead.requeue', org: ORG, task: task.id, by: 'x' });
  }
}

const TASK_VIEWS: readonly LiveView[] = [
  { kind: 'tasks', limit: 3 },
  { kind: 'tasks', q: 'state:queued,scheduled,dead', limit: 2 },
  { kind: 'tasks', q: 'fix lane:urgent', limit: 3, sort: '-age' },
  { kind: 'tasks', q: '-state:completed', limit: 4, sort: 'state' },
  { kind: 'tasks', q: 'age:<2s', limit: 50 },
];
const OTHER_VIEWS: readonly LiveView[] = [
  { kind: 'agents' },
  { kind: 'dead-letters' },
  { kind: 'needs-you' },
  { kind: 'overview' },
];

function rowsOf({ q = '', sort, limit = 100 }: LiveView): { rows: Row[]; total: number } {
  const { query } = parseQuery('tasks', q, { now: 0, zone: 'UTC' });
  const { sort: order } = parseSort('tasks', sort);
  if (query === undefined || order === undefined) throw new Error(q);
  const matches = matcherOf(query, taskFacts('submitter'));
  const found = [...bench.state.tasks.values()].filter((task) => matches(task, now()));
  const whys = new WhyInBrief(bench.state, { now: now(), signsOf, seesParents: true });
  const rows = found.map((task) => whys.rowOf(task)).sort(rowOrder('tasks', order));
  return { rows: JSON.parse(JSON.stringify(rows.slice(0, limit))) as Row[], total: rows.length };
}

/** Dead letters by how they ended, as they are counted one by one. */
function groups() {
  const counts = new Map<string, number>();
  for (const task of bench.state.tasks.values()) {
    if (task.state === 'dead') counts.set(endOf(task).id, (counts.get(endOf(task).id) ?? 0) + 1);
  }
  return new Map([...counts].map(([id, count]) => [id, expect.objectContaining({ id, count })]));
}

describe('a page', () => {
  it('comes to what the state has, whatever happened and whatever it missed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), fc.constantFrom(0, 2), async (steps, stepMs) => {
        reset();
        cpuStepMs = stepMs;
        const pages = [...TASK_VIEWS, ...OTHER_VIEWS, ...TASK_VIEWS].map((view) => new Page(live, view));
        for (const step of steps) await take(step, pages);
        for (const [i, page] of pages.entries()) {
          page.isBehind = false;
          // Some have been there all the time.
          if (i % 2 === 0 && page.isOpen) continue;
          page.close();
          page.open();
        }
        await pass(20_000);
        for (const page of pages.filter(({ view }) => view.kind === 'tasks')) {
          const { rows, total } = rowsOf(page.view);
          expect([...page.rows.values()].sort(byId), JSON.stringify(page.view)).toEqual([...rows].sort(byId));
          expect(page.total).toBe(total);
        }
        for (const page of pages.filter(({ view }) => view.kind !== 'tasks')) {
          const fresh = new Page(live, page.view);
          await pass(3_000);
          expect([...page.rows.values()].sort(byId), page.view.kind).toEqual([...fresh.rows.values()].sort(byId));
          fresh.close();
        }
        expect(pages.find(({ view }) => view.kind === 'dead-letters')?.rows).toEqual(groups());
        for (const page of pages) page.close();
        expect(failures).toEqual([]);
        expect([live.size, listeners]).toEqual([0, 0]);
      }),
      { numRuns: 250 },
    );
  }, 60_000);

  it('is told at most ten times a second, and the newest', async () => {
    const page = new Page(live, { kind: 'tasks' });
    await pass(200);
    page.types.length = 0;
    for (let n = 0; n < 100; n++) {
      submit(`${n}`);
      await pass(10);
    }
    await pass(200);
    expect(page.types.length).toBeGreaterThan(5);
    expect(page.types.length).toBeLessThanOrEqual(11);
    expect(page.rows.size).toBe(100);
    page.close();
  });

  it('costs nothing when nobody looks, and one look serves all who see the same', async () => {
    expect(listeners).toBe(0);
    const one = new Page(live, { kind: 'tasks' });
    const same = new Page(live, { kind: 'tasks' }, { ...CALLER, credential: 'd', by: 'key:other' });
    const other = new Page(live, { kind: 'tasks' }, { ...CALLER, role: 'submitter' });
    const mine = new Page(live, { kind: 'tasks', q: 'by:me' }, { ...CALLER, by: 'key:other' });
    expect([live.size, listeners]).toEqual([3, 1]);
    await pass(200);
    expect(one.rows).toEqual(same.rows);
    for (const page of [one, same, other, mine]) page.close();
    expect([live.size, listeners]).toEqual([0, 0]);
  });

  it('is told nothing while it is behind, and then what is newest in one delta', async () => {
    const page = new Page(live, { kind: 'tasks' });
    await pass(200);
    page.isBehind = true;
    page.types.length = 0;
    for (let n = 0; n < 30; n++) {
      submit(`${n}`);
      await pass(150);
    }
    expect(page.types).toEqual([]);
    page.isBehind = false;
    await pass(200);
    expect(page.types).toEqual(['delta']);
    expect(page.rows.size).toBe(30);
    page.close();
  });

  it('does not keep the hub from its work, however much there is to look at', async () => {
    cpuStepMs = 6;
    const pages = Array.from({ length: 12 }, (_, n) => new Page(live, { kind: 'tasks', limit: n + 1 }));
    submit('one');
    await pass(20_000);
    for (const page of pages) expect(page.rows.size).toBe(1);
    expect(longestMs).toBeLessThan(40);
    for (const page of pages) page.close();
  });

  it('is told why a task waits as that changes, without a change of the task', async () => {
    const page = new Page(live, { kind: 'tasks' });
    submit('one');
    await pass(200);
    const whyOf = () => ([...page.rows.values()][0] as TaskSummary | undefined)?.why?.text;
    expect(whyOf()).toBe('no agent has joined');
    bench.enrol('a');
    feed.reset(++seq);
    await pass(3_000);
    expect(whyOf()).toBe('1 agent fits, none connected');
    decide({ type: 'halt.create', ...WHO, scope: ALL, strength: 'new', reason: 'release' });
    await pass(3_000);
    expect(whyOf()).toBe('halted: release');
    page.types.length = 0;
    await pass(60_000);
    expect(page.types).toEqual([]);
    page.close();
  });

  it('is told what is done with a task that an agent has, as its heartbeats say', async () => {
    bench.join('a');
    submit('one');
    const [task] = [...bench.state.tasks.values()];
    decide({ type: 'task.accept', ...bench.by(task?.id ?? '') });
    const page = new Page(live, { kind: 'tasks' });
    await pass(200);
    const rowOf = () => [...page.rows.values()][0] as TaskSummary | undefined;
    expect(rowOf()).not.toHaveProperty('why');
    phases.set(`${ORG}/a`, { phase: 'verifying', since: now(), attempt: `${task?.id} ${task?.generation}` });
    await pass(3_000);
    expect(rowOf()?.why).toMatchObject({ code: 'running', text: 'running the verify commands' });
    page.close();
  });

  it('that was away is told why tasks wait now', async () => {
    const page = new Page(live, { kind: 'tasks' });
    const other = new Page(live, { kind: 'tasks' });
    submit('one');
    await pass(200);
    page.close();
    bench.enrol('a');
    await pass(3_000);
    page.types.length = 0;
    page.open();
    await pass(200);
    expect([page.types[1], [...page.rows.values()]]).toEqual(['delta', [...other.rows.values()]]);
    for (const one of [page, other]) one.close();
  });

  it('gets whys of as many agents and wants as there are a part at a time', async () => {
    for (let n = 0; n < 2_000; n++) bench.enrol(`agent-${n}`, ['git']);
    for (let n = 0; n < 300; n++) bench.submit({ needs: [`need-${n}`] });
    feed.reset(++seq);
    const page = new Page(live, { kind: 'tasks', limit: 300 });
    const known = () => [...page.rows.values()].filter((row) => (row as TaskSummary).why !== undefined).length;
    await pass(10);
    expect(page.rows.size).toBe(300);
    expect(known()).toBeLessThan(300);
    await pass(3_000);
    expect(known()).toBe(300);
    page.close();
  });

  it('is told that a task is not there', async () => {
    const page = new Page(live, { kind: 'task', task: '01890000-0000-7000-8000-000000000000' });
    await pass(500);
    expect(page.refusals).toEqual(['task.not_found']);
    expect(live.size).toBe(0);
  });

  it('finds the few that match among very many, in slices', async () => {
    for (let n = 0; n < 3_000; n++) {
      const title = n % 1_000 === 0 ? 'rare' : 'common';
      bench.submit({ title });
    }
    feed.reset(++seq);
    const page = new Page(live, { kind: 'tasks', q: 'rare' });
    await pass(1_000);
    expect([page.rows.size, page.total]).toEqual([3, 3]);
    page.close();
  });
});

function byId(a: Row, b: Row): number {
  return a.id < b.id ? -1 : 1;
}

describe('a page of agents', () => {
  it('is shown them when all are there, each once, and soon though each takes its time', async () => {
    const COUNT = 1_201;
    for (let n = 0; n < COUNT; n++) bench.join(`agent-${n}`);
    agentMs = 0.1;
    const page = new Page(live, { kind: 'agents', limit: 5_000, sort: 'name' });
    await pass(1_000);
    expect([page.types, page.rows.size, page.total, failures]).toEqual([['hub', 'snapshot'], COUNT, COUNT, []]);
    page.close();
  });

  it('waits longer for them while the hub has much else to do', async () => {
    for (let n = 0; n < 1_201; n++) bench.join(`agent-${n}`);
    agentMs = 0.1;
    isBusy = true;
    const page = new Page(live, { kind: 'agents', limit: 5_000, sort: 'name' });
    await pass(1_000);
    expect(page.rows.size).toBe(0);
    await pass(3_000);
    expect(page.rows.size).toBe(1_201);
    page.close();
  });

  it('shows a halt of all of them at once', async () => {
    for (let n = 0; n < 700; n++) bench.join(`agent-${n}`);
    agentMs = 0.001;
    const page = new Page(live, { kind: 'agents', limit: 5_000 });
    await pass(6_000);
    decide({ type: 'halt.create', ...WHO, scope: ALL, strength: 'new', reason: 'release' });
    await pass(300);
    const halted = [...page.rows.values()].filter((row) => (row as AgentView & Row).halts !== undefined);
    expect([page.rows.size, halted.length, failures]).toEqual([700, 700, []]);
    page.close();
  });
});
