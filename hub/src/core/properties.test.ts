// Whatever is asked, in whatever order: the state stays whole, a replay leads to the same, and a refusal changes nothing.
// Long because everything that may be asked, and everything that has to hold, is in it.

import { FAILURE_CLASSES, LANE_MOVES, LANES } from '@agentcom/schemas';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Agent, agentKey, isAvailable, takesTasks } from './agent/agent.js';
import type { Command } from './commands.js';
import { Bench, dumpOf, markOf, ORG, SECOND, submission } from './fixture.js';
import type { HaltScope } from './halt/halt.js';
import { isHolding, type LimitScope, levelOf, STOPPING } from './limit/limit.js';
import { Refusal } from './refusal.js';
import { type SnapshotRecord, StateLoader } from './snapshot.js';
import type { State } from './state.js';
import type { TaskRoute } from './task/events.js';
import { concerns } from './task/hold-scope.js';
import { openRoutes } from './task/routes.js';
import { isAble, isAtLimit, isLimited, isPassedOver, skillsOf } from './task/skills.js';
import { isFinal, noTasks, type Task } from './task/task.js';
import { wantedOf } from './task/wants.js';

const AGENTS = ['a', 'b', 'c'];
const TASKS = {
  acceptTimeoutSeconds: 2,
  runTimeoutSeconds: 20,
  blockedTimeoutSeconds: 10,
  offlineGraceSeconds: 5,
  stopGraceSeconds: 3,
  maxOffers: 4,
  retryBaseSeconds: 0.5,
  retryCapSeconds: 4,
  passOverBaseSeconds: 0.5,
  passOverCapSeconds: 4,
  agingStepSeconds: 5,
};
/** Who asks about alerts. */
const WHO = { org: ORG, ofHub: true, by: 'operator' };
const RETENTION = { idempotencySeconds: 30 };

/** One thing that may be asked: the numbers pick who, what and how. */
interface Ask {
  readonly kind: keyof typeof asks;
  readonly agent: number;
  readonly task: number;
  readonly generation: number;
  readonly detail: number;
}

type Pick = { readonly bench: Bench; readonly ask: Ask; readonly agent: string; readonly task: string };

/** Mostly the live attempt and its holder, sometimes not. */
function attempt({ bench, ask, agent, task }: Pick): ReturnType<Bench['by']> {
  const live = bench.state.tasks.get(task);
  const generation = Math.max(0, (live?.generation ?? 1) - (ask.generation > 7 ? 1 : 0));
  return { ...bench.from(ask.agent > 20 ? agent : (live?.agent ?? agent)), task, generation };
}

const on = ({ task }: Pick): { org: string; task: string; by: string } => ({ org: ORG, task, by: 'operator' });
const report = ({ ask }: Pick): { seq: number; digest: string } => ({
  seq: 1 + (ask.detail % 5),
  digest: `d${ask.detail % 7}`,
});

const asks = {
  submit: ({ ask, bench, task }: Pick): Command =>
    submission(
      {
        lane: LANES[ask.detail % 4] ?? 'normal',
        needs: ask.detail % 3 === 0 ? ['git'] : [],
        maxAttempts: 1 + (ask.detail % 3),
        ...(ask.detail % 4 > 0 && { repo: { url: 'file:///one' } }),
        ...(ask.detail % 4 === 0 && { runner: ask.generation % 2 === 0 ? 'claude' : 'codex' }),
        ...(ask.detail % 6 === 0 && { runner: ask.generation % 2 === 0 ? ['claude', 'codex'] : ['codex', 'claude'] }),
        ...(ask.detail % 7 === 0 && { model: ['gpt-5', 'some-model'] }),
        ...(ask.detail % 9 === 0 && { maxCost: 1 + ask.detail }),
        ...(ask.generation < 3 && { budget: { tokens: 60 } }),
        ...(ask.detail % 5 === 0 && { notBefore: bench.now + 3_000 }),
        ...(ask.generation > 6 && { dependsOn: [task] }),
        ...(ask.detail % 2 === 0 && { repo: { url: `file:///${ask.detail % 3}` } }),
        ...(ask.agent % 3 === 0 && { labels: { team: 'roof' } }),
        ...(ask.detail % 4 === 0 && { prompt: { ref: `1.${ask.detail % 3}`, bytes: 9_000 } }),
      },
      ask.detail % 3 === 1 ? { key: `k${ask.detail % 4}`, digest: `d${ask.generation % 2}` } : undefined,
    ),
  cancel: (pick: Pick): Command => ({ type: 'task.cancel', ...on(pick), reason: 'enough' }),
  retry: (pick: Pick): Command => ({ type: 'task.retry', ...on(pick) }),
  answer: (pick: Pick): Command => ({ type: 'task.answer', ...on(pick), answer: 'left' }),
  requeue: (pick: Pick): Command => ({ type: 'dead.requeue', ...on(pick) }),
  discard: (pick: Pick): Command => ({ type: 'dead.discard', ...on(pick), reason: 'enough' }),
  move: (pick: Pick): Command => ({
    type: 'task.move',
    ...on(pick),
    to: LANE_MOVES[pick.ask.detail % LANE_MOVES.length] ?? 'up',
  }),
  accept: (pick: Pick): Command => ({ type: 'task.accept', ...attempt(pick) }),
  reject: (pick: Pick): Command => ({ type: 'task.reject', ...attempt(pick), reason: 'no' }),
  progress: (pick: Pick): Command => ({
    type: 'task.progress',
    ...attempt(pick),
    report: report(pick),
    note: 'on it',
    ...(pick.ask.detail % 4 > 0 && { usage: { inputTokens: pick.ask.detail } }),
    session: { runner: pick.ask.detail % 8 < 5 ? 'claude' : 'codex', id: `s${pick.ask.detail}` },
    paths: ['a', 'b', 'c', 'd'].slice(pick.ask.detail % 2, 1 + (pick.ask.detail % 5)),
  }),
  block: (pick: Pick): Command => ({
    type: 'task.block',
    ...attempt(pick),
    report: report(pick),
    question: { questionId: `q${pick.ask.detail % 3}`, question: 'which?' },
  }),
  answered: (pick: Pick): Command => ({
    type: 'task.answered',
    ...attempt(pick),
    questionId: `q${pick.ask.detail % 3}`,
  }),
  complete: (pick: Pick): Command => ({
    type: 'task.complete',
    ...attempt(pick),
    report: report(pick),
    result: {
      summary: pick.ask.detail % 2 === 0 ? 'done' : { ref: '1.result', bytes: 9_000 },
      ...(pick.ask.detail % 3 === 0 && { verification: { ref: '1.verification', bytes: 5_000 }, notes: '["late"]' }),
    },
  }),
  fail: (pick: Pick): Command => ({
    type: 'task.fail',
    ...attempt(pick),
    report: report(pick),
    error: {
      class: FAILURE_CLASSES[pick.ask.detail % FAILURE_CLASSES.length] ?? 'lost',
      code: 'it.failed',
      message: 'it failed',
    },
  }),
  stopped: (pick: Pick): Command => ({
    type: 'task.stopped',
    ...attempt({ ...pick, ask: { ...pick.ask, agent: 30 } }),
    ...(pick.ask.detail % 3 > 0 && { left: { branch: `b${pick.ask.detail % 3}` } }),
    ...(pick.ask.detail % 5 === 0 && { limited: true }),
  }),
  hello: (pick: Pick): Command => ({
    type: 'agent.hello',
    org: ORG,
    agent: pick.agent,
    connection: `c${pick.ask.detail}`,
    instance: `i${pick.ask.generation % 2}`,
    capabilities: pick.ask.detail % 2 === 0 ? ['git'] : [],
    version: '1',
    host: 'h',
    os: 'o',
    ...(pick.ask.generation > 1 && { holding: holding(pick) }),
  }),
  gone: ({ agent, bench }: Pick): Command => ({
    type: 'agent.gone',
    org: ORG,
    agent,
    connection: bench.state.agents.get(agentKey(ORG, agent))?.connection ?? '',
  }),
  drain: ({ agent, ask }: Pick): Command => ({
    type: 'agent.drain',
    org: ORG,
    agent,
    draining: ask.detail % 2 === 0,
    reason: 'asked',
  }),
  /** Seldom: it does not come back. */
  remove: (pick: Pick): Command =>
    pick.ask.detail > 45 ? { type: 'agent.remove', org: ORG, agent: pick.agent } : asks.hello(pick),
  lead: ({ bench }: Pick): Command => ({
    type: 'leader.elect',
    hub: 'hub',
    epoch: bench.state.epoch + 1,
    url: 'http://hub',
    version: '1',
  }),
  jump: ({ ask }: Pick): Command => ({ type: 'clock.jump', forwardMs: 0, wallOffsetMs: -100 * ask.detail }),
  archive: ({ bench, task }: Pick): Command => ({
    type: 'tasks.archive',
    tasks: [{ id: task, mark: markOf(bench.state, task) }],
  }),
  tick: (_pick: Pick): Command => ({ type: 'tick' }),
  evaluate: ({ ask, task }: Pick): Command => ({
    type: 'alerts.evaluate',
    conditions: (['AgentsLost', 'TaskStuck', 'QueueNotMoving'] as const)
      .filter((_rule, i) => (ask.detail >> i) % 2 === 0)
      .map((rule) => ({
        rule,
        org: rule === 'QueueNotMoving' ? undefined : ORG,
        severity: ask.generation % 2 === 0 ? 'page' : 'warn',
        value: ask.generation,
        limit: 3,
        subjects: [{ kind: 'task', id: task, name: 'roof' }],
        count: 1,
        why: 'because',
      })),
  }),
  acknowledge: (pick: Pick): Command => ({ type: 'alert.acknowledge', ...onAlert(pick) }),
  noise: (pick: Pick): Command => ({ type: 'alert.mark_noise', ...onAlert(pick), reason: 'false_positive' }),
  silence: ({ ask }: Pick): Command => ({
    type: 'silence.create',
    ...WHO,
    matchers: { rule: 'TaskStuck' },
    reason: 'quiet',
    ttlMs: 100 * ask.detail,
    untilResolved: ask.generation % 2 === 0,
  }),
  unsilence: ({ bench }: Pick): Command => ({
    type: 'silence.remove',
    ...WHO,
    silence: bench.state.alerts.silences.keys().next().value ?? '',
  }),
  halt: (pick: Pick): Command => ({
    type: 'halt.create',
    ...WHO,
    scope: SCOPES[pick.ask.task % SCOPES.length] as HaltScope,
    strength: pick.ask.generation % 2 === 0 ? 'running' : 'new',
    reason: 'enough',
    ...(pick.ask.detail % 3 > 0 && { until: pick.bench.now + 100 * (1 + pick.ask.detail) }),
  }),
  unhalt: ({ bench }: Pick): Command => ({
    type: 'halt.end',
    ...WHO,
    halt: [...bench.state.halts.all()][0]?.id ?? '',
  }),
  limit: ({ ask, bench }: Pick): Command => {
    const tokens = 6 * (1 + (ask.detail % 20));
    const kind = bench.chance < 0.5 ? 'total' : 'day';
    return {
      type: 'limit.set',
      ...WHO,
      scope: LIMITED[ask.task % LIMITED.length] as LimitScope,
      amounts: { [kind]: { tokens }, ...(ask.generation > 6 && { month: { tokens: 3 * tokens } }) },
    };
  },
  unlimit: ({ bench }: Pick): Command => ({
    type: 'limit.remove',
    ...WHO,
    scope: [...bench.state.limits.all()][0]?.scope ?? { kind: 'org' },
  }),
} as const;

/** What is halted at random. */
const SCOPES: readonly HaltScope[] = [
  { kind: 'fleet' },
  { kind: 'org' },
  { kind: 'repo', value: 'file:///*' },
  { kind: 'repo', value: 'file:///one' },
  { kind: 'runner', value: 'claude' },
  { kind: 'label', value: 'team=roof' },
  { kind: 'agent', value: 'a' },
];

/** What is limited at random. */
const LIMITED: readonly LimitScope[] = [...SCOPES, { kind: 'member', value: 'submitter' }];

/** What the agent holds or held, or something it never had. */
function holding({ bench, agent, task, ask }: Pick): { task: string; generation: number } {
  const known = bench.state.agents.get(agentKey(ORG, agent));
  const held = known?.task ?? known?.stopping?.task;
  const id = held != null && ask.detail % 3 > 0 ? held : task;
  return { task: id, generation: bench.state.tasks.get(id)?.generation ?? 1 };
}

function onAlert({ bench, ask }: Pick) {
  const ids = [...bench.state.alerts.byId.keys()];
  return { ...WHO, alert: ids[ask.detail % Math.max(1, ids.length)] ?? '' };
}

/** What a task's life is mostly made of. */
const OFTEN = [
  'hello',
  'submit',
  'submit',
  'accept',
  'accept',
  'accept',
  'progress',
  'progress',
  'complete',
  'tick',
] as const;

const anyAsk: fc.Arbitrary<Ask & { readonly waitMs: number }> = fc.record({
  kind: fc.constantFrom(...(Object.keys(asks) as (keyof typeof asks)[]), 'limit', ...OFTEN, ...OFTEN, ...OFTEN),
  agent: fc.nat(24),
  task: fc.nat(30),
  generation: fc.nat(9),
  detail: fc.nat(50),
  waitMs: fc.constantFrom(0, 0, 0, 0, 0, 10, 10, 300, 300, 1_000, 6_000),
});

function commandFor(bench: Bench, ask: Ask): Command {
  const tasks = [...bench.state.tasks.values()];
  const held = tasks.filter((task) => task.agent !== undefined);
  const ids = (ask.task % 4 > 0 && held.length > 0 ? held : tasks).map(({ id }) => id);
  const task = ids.length === 0 ? 'id-none' : (ids[ask.task % ids.length] as string);
  return asks[ask.kind]({ bench, ask, agent: AGENTS[ask.agent % AGENTS.length] as string, task });
}

/** Plays the asks on a fleet of three; most tasks come to something because the holder mostly answers for them. */
function play(script: readonly (Ask & { waitMs: number })[], after: (bench: Bench, command: Command) => void): Bench {
  const bench = new Bench(TASKS, RETENTION);
  bench.take({ type: 'org.ensure', org: ORG });
  bench.take({ type: 'config.patch', patch: { spending: { estimateTokens: 10 } }, by: 'operator' });
  for (const name of AGENTS) bench.join(name, name === 'a' ? ['git'] : []);
  for (const ask of script) {
    bench.wait(ask.waitMs);
    bench.chance = (ask.detail % 10) / 10;
    const command = commandFor(bench, ask);
    bench.decide(command);
    after(bench, command);
  }
  return bench;
}

/** Long enough for tasks to come to something. */
const scripts = fc.array(anyAsk, { minLength: 1, maxLength: 120, size: 'max' });

/** What has to be true of a state at any time. */
function checkWhole(state: State): void {
  const counts = noTasks();
  const bodies = new Map<string, number>();
  const stored = new Map<string, number>();
  for (const task of state.tasks.values()) {
    counts[task.state]++;
    const isHeld = task.state === 'assigned' || task.state === 'working' || task.state === 'blocked';
    expect(task.agent !== undefined).toBe(isHeld);
    if (task.agent !== undefined) expect(state.agents.get(agentKey(task.org, task.agent))?.task).toBe(task.id);
    expect(task.attempts).toBeGreaterThanOrEqual(0);
    expect(task.attempts).toBeLessThanOrEqual(task.attemptLog?.length ?? 0);
    if (task.orphanedBy === undefined && !isFinal(task.state)) {
      expect(task.openParents ?? 0).toBe((task.spec.dependsOn ?? []).filter((id) => isOpen(state, id)).length);
    }
    expect(task.state === 'scheduled').toBe(task.reason !== undefined);
    if (task.state === 'blocked') expect(task.question).toBeDefined();
    if (isFinal(task.state))
      expect([task.deadline, task.question, task.answer]).toEqual([undefined, undefined, undefined]);
    const generations = (task.attemptLog ?? []).map(({ generation }) => generation);
    expect(generations).toEqual([...new Set(generations)].sort((x, y) => x - y));
    const { summary, data, verification, notes } = task.result ?? {};
    for (const body of [task.spec.prompt, task.spec.data, summary, data, verification, notes]) {
      if (body === undefined) continue;
      const isApart = typeof body !== 'string';
      if (isApart) bodies.set(body.ref, (bodies.get(body.ref) ?? 0) + 1);
      stored.set(task.org, (stored.get(task.org) ?? 0) + (isApart ? body.bytes : Buffer.byteLength(body)));
    }
    const isLive = task.state === 'working' || task.state === 'blocked';
    if (!isLive) expect([task.paths, task.overlaps]).toEqual([undefined, undefined]);
    for (const overlap of task.overlaps ?? []) {
      expect(state.tasks.get(overlap.task)?.overlaps?.map((other) => other.task)).toContain(task.id);
    }
  }
  expect(state.taskIndex.counts()).toEqual(counts);
  expect(state.bodies).toEqual(bodies);
  expect(state.storedBytes).toEqual(stored);
  for (const agent of state.agents.values()) {
    if (agent.task !== undefined) {
      expect(state.tasks.get(agent.task)?.agent).toBe(agent.name);
      expect(agent.stopping).toBeUndefined();
    }
    if (isAvailable(agent)) expect(agent.graceUntil).toBeUndefined();
  }
  for (const limit of state.limits.all()) {
    expect(limit.level).toBe(levelOf(limit));
    const under = [...state.agents.values()].flatMap((agent) => {
      const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
      return task !== undefined && concerns(limit, task, agent) ? [task] : [];
    });
    if (limit.level === 'reached') expect(under).toEqual([]);
    if (STOPPING.has(limit.level)) expect(under.filter((task) => task.state === 'assigned')).toEqual([]);
    const tokens = under.reduce((sum, task) => sum + reservedBy(task), 0);
    expect(state.limits.reservedOf(limit)).toMatchObject({ tasks: under.length, tokens });
    for (const { used } of limit.periods) expect(used.inputTokens).toBeGreaterThanOrEqual(0);
  }
  const finished = [...state.tasks.values()].filter((task) => isFinal(task.state)).map(({ id }) => id);
  expect([...state.finished].sort()).toEqual(finished.sort());
}

/** Of its estimate, what its live attempt has not used. */
function reservedBy({ estimate, attemptLog, generation }: Task): number {
  const last = attemptLog?.at(-1);
  const used = last?.generation === generation ? (last.usage?.inputTokens ?? 0) : 0;
  return Math.max(0, (estimate?.tokens ?? 0) - used);
}

/** A parent that was archived had completed, or its children are to be cancelled. */
function isOpen(state: State, parent: string): boolean {
  const task = state.tasks.get(parent);
  return task !== undefined && task.state !== 'completed';
}

function reloaded(state: State): State {
  const loader = new StateLoader();
  for (const line of dumpOf(state)) loader.add(JSON.parse(line) as SnapshotRecord);
  return loader.finish();
}

test('the state is whole after every command', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      play(script, (bench) => checkWhole(bench.state));
    }),
    { numRuns: 100 },
  );
});

test('a replay, from the beginning and from a snapshot, leads to the same state', () => {
  fc.assert(
    fc.property(scripts, fc.nat(100), (script, percent) => {
      let cut = 0;
      let snapshot: State | null = null;
      let commands = 0;
      const bench = play(script, (running) => {
        commands++;
        if (commands * 100 < script.length * percent) return;
        if (snapshot !== null) return;
        snapshot = reloaded(running.state);
        cut = running.log.length;
      });
      expect(dumpOf(bench.replay())).toEqual(bench.dump());
      if (snapshot !== null) expect(dumpOf(bench.replay(snapshot, cut))).toEqual(bench.dump());
    }),
    { numRuns: 150 },
  );
});

test('a refusal changes nothing and decides nothing', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const bench = new Bench(TASKS, RETENTION);
      for (const name of AGENTS) bench.join(name);
      for (const ask of script) {
        bench.wait(ask.waitMs);
        const before = bench.dump();
        const logged = bench.log.length;
        if (!(bench.decide(commandFor(bench, ask)) instanceof Refusal)) continue;
        expect(bench.dump()).toEqual(before);
        expect(bench.log.length).toBe(logged);
      }
    }),
    { numRuns: 100 },
  );
});

test('generations strictly grow, and nobody is offered a task that somebody holds', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const { log } = play(script, () => undefined);
      const newest = new Map<string, number>();
      for (const { event } of log) {
        if (event.type !== 'task.assigned') continue;
        expect(event.generation).toBeGreaterThan(newest.get(event.task) ?? 0);
        newest.set(event.task, event.generation);
      }
    }),
    { numRuns: 100 },
  );
});

test('nothing is offered that a halt or a limit holds back, none of it runs that one stops, and an idle agent has nothing to do', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const isHeld = (state: State, task: Task, agent: Agent, isRun: boolean) =>
        state.halts.of(ORG).some((halt) => (!isRun || halt.strength === 'running') && concerns(halt, task, agent)) ||
        state.limits.of(ORG).some((limit) => limit.level === 'reached' && concerns(limit, task, agent));
      const isFull = (state: State, task: Task, agent: Agent) =>
        state.limits.of(ORG).some((limit) => isHolding(limit) && concerns(limit, task, agent));
      play(script, ({ state, now }) => {
        for (const agent of state.agents.values()) {
          const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
          if (task !== undefined) expect(isHeld(state, task, agent, task.state !== 'assigned')).toBe(false);
          // What is due may still set something free, and deadlines are rounded up.
          if (!isAvailable(agent) || state.deadlines.nextAt() <= now) continue;
          for (const queued of state.tasks.values()) {
            if (queued.state !== 'queued' || isPassedOver(queued, agent.name, now - SECOND / 4)) continue;
            if (wantedOf(queued).routes !== undefined) {
              expect(mayTakeByRoute(state, queued, agent, now)).toBe(false);
              continue;
            }
            const skills = skillsOf(agent);
            if (!isAble(wantedOf(queued), agent) || isLimited(wantedOf(queued), skills)) continue;
            expect(isHeld(state, queued, agent, false) || isFull(state, queued, agent)).toBe(true);
          }
        }
      });
    }),
    { numRuns: 100 },
  );
});

/** Whether the first route of the task that anybody may take is one that this agent may take. */
function mayTakeByRoute(state: State, task: Task, agent: Agent, now: number): boolean {
  // What has just ended may not have been acted on: deadlines are rounded up.
  if (task.passedOver?.some(({ until }) => until <= now && until > now - SECOND / 4) === true) return false;
  const { needs, repo } = task.spec;
  const may = (one: Agent, route: TaskRoute): boolean =>
    takesTasks(one) &&
    isAble({ needs, repo, runner: route.runner }, one) &&
    !isAtLimit(one, route) &&
    !isPassedOver(task, one.name, now, route) &&
    !state.halts.of(ORG).some((halt) => concerns(halt, task, one, route)) &&
    !state.limits.of(ORG).some((limit) => isHolding(limit) && concerns(limit, task, one, route));
  const first = openRoutes(task).find((route) => [...state.agents.values()].some((one) => may(one, route)));
  return first !== undefined && may(agent, first);
}

test('left alone, with agents that do their work, everything ends', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const bench = play(script, () => undefined);
      bench.enrol('last', ['git']);
      for (const { scope } of [...bench.state.limits.all()]) bench.take({ type: 'limit.remove', ...WHO, scope });
      for (const { id } of [...bench.state.halts.all()]) bench.take({ type: 'halt.end', ...WHO, halt: id });
      for (const { name } of bench.state.agents.values()) {
        bench.take({ type: 'agent.drain', org: ORG, agent: name, draining: false, reason: 'asked' });
      }
      for (let round = 0; round < 400; round++) {
        for (const agent of bench.state.agents.values()) {
          if (agent.connection === undefined || agent.unresponsive)
            bench.hello(agent.name, undefined, { instance: 'last' });
          const task = agent.task === undefined ? undefined : bench.task(agent.task);
          if (task?.state === 'blocked')
            bench.take({ type: 'task.answer', ...bench.operator(task.id), answer: 'left' });
          if (task?.state === 'assigned') bench.accept(task.id);
          if (task?.state === 'working') bench.complete(task.id);
        }
        bench.pass(2_000);
      }
      for (const task of bench.state.tasks.values()) {
        const waitsForDead = (task.spec.dependsOn ?? []).some((id) => isStuck(bench.state, id));
        if (!waitsForDead) expect(['completed', 'cancelled', 'dead']).toContain(task.state);
      }
    }),
    { numRuns: 40 },
  );
});

function isStuck(state: State, id: string): boolean {
  const task = state.tasks.get(id);
  if (task === undefined || isFinal(task.state)) return false;
  return task.state === 'dead' || (task.spec.dependsOn ?? []).some((parent) => isStuck(state, parent));
}
