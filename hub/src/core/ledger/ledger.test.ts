// What work has cost is counted once, whatever the order and repetition of what is said of it.

import { LIMITS } from '@agentcom/schemas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayOf } from '../access/usage.js';
import { Bench, fromSnapshot, HOUR, MINUTE, ORG, REPO, SECOND } from '../fixture.js';
import type { State } from '../state.js';
import type { Usage } from '../task/events.js';
import { type CostDimension, costsOf } from './costs.js';
import {
  DAYS_KEPT,
  type Figures,
  Ledger,
  noFigures,
  OrgLedger,
  ROWS_MAX,
  ROWS_PER_AGENT,
  ROWS_PER_DAY,
  type WorkParts,
} from './ledger.js';

const DAY = 24 * HOUR;

function costs(state: State, ...by: CostDimension[]) {
  return costsOf(state.ledger.orgs(), { by, from: 0, to: 1e6 });
}

/** What each group costs, in USD. */
function spent(state: State, ...by: CostDimension[]): Record<string, number | undefined> {
  const { groups } = costs(state, ...by);
  return Object.fromEntries(groups.map(({ group, figures }) => [[...group.values()].join(' '), figures.cost.USD]));
}

function progress(bench: Bench, task: string, usage: Usage, more: object = {}): void {
  bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), usage, ...more });
}

const usd = (costMicros: number): Usage => ({ costMicros, currency: 'USD' });

describe('what an attempt uses', () => {
  test('is counted by repository, agent, runner, model, labels and who submitted it', () => {
    const bench = new Bench();
    bench.join('a', ['runner:claude']);
    const task = bench.submit({ repo: REPO, runner: 'claude', labels: { team: 'shop', kind: 'bug' } });
    bench.accept(task);
    progress(bench, task, usd(5), { session: { runner: 'claude', id: 's', model: 'opus' } });
    expect(spent(bench.state, 'org', 'agent', 'runner', 'model')).toEqual({ [`${ORG} a claude opus`]: 5 });
    expect(spent(bench.state, 'repo', 'label', 'member')).toEqual({ [`${REPO.url} kind=bug, team=shop submitter`]: 5 });
    expect(spent(bench.state, 'label:team', 'label:other')).toEqual({ shop: 5 });
    expect(spent(bench.state, 'provider')).toEqual({ anthropic: 5 });
  });

  test('is counted by the growth of what it says, also when it says it again after a restart of the hub', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    const report = bench.mark();
    for (let i = 0; i < 3; i++) {
      bench.take({ type: 'task.progress', ...bench.by(task), report, usage: usd(700) });
      bench.restart();
    }
    progress(bench, task, usd(600));
    progress(bench, task, usd(900));
    bench.complete(task);
    expect(costs(bench.state).total).toMatchObject({ attempts: 1, unknownCost: 0, cost: { USD: 900 } });
  });

  test('stays exact beside times that cannot be', () => {
    const bench = new Bench();
    const names = Array.from({ length: 11 }, (_, i) => `a${i}`);
    for (const name of names) {
      bench.join(name);
      const task = bench.submit({ needs: [`agent:${name}`] });
      bench.accept(task);
      progress(bench, task, { seconds: name === 'a10' ? 0.001 : LIMITS.amount });
    }
    const { groups, total } = costs(bench.state, 'agent');
    expect(groups.find(({ group }) => group.get('agent') === 'a10')?.figures.ms).toBe(1);
    expect(Number.isSafeInteger(total.ms)).toBe(true);
    expect(total.ms % 1_000).toBe(1);
  });

  test('counts again from where a restored hub had it, and no more than once', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    progress(bench, task, usd(400));
    const backup = fromSnapshot(bench.state);
    progress(bench, task, usd(800));
    bench.state = backup;
    progress(bench, task, usd(950));
    expect(costs(bench.state).total.cost).toEqual({ USD: 950 });
  });

  test('counts on the day it is said on, and once the task has left memory', () => {
    const bench = new Bench();
    bench.now = Date.UTC(2027, 0, 31, 23, 30);
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    progress(bench, task, usd(100));
    bench.wait(HOUR);
    progress(bench, task, usd(250));
    bench.complete(task);
    bench.archive(task);
    expect(costs(bench.state, 'day').groups.map(({ group, figures }) => [group.get('day'), figures.cost.USD])).toEqual([
      [dayOf(Date.UTC(2027, 0, 31)), 100],
      [dayOf(Date.UTC(2027, 1, 1)), 150],
    ]);
  });

  test('of several currencies is never added up', () => {
    const bench = new Bench();
    bench.join('a');
    for (const currency of ['EUR', 'USD', undefined]) {
      const task = bench.submit();
      bench.accept(task);
      progress(bench, task, { costMicros: 10, ...(currency !== undefined && { currency }) });
      bench.complete(task);
    }
    expect(costs(bench.state).total.cost).toEqual({ EUR: 10, USD: 10, XXX: 10 });
  });

  test('and has no known cost counts as an attempt of unknown cost, with its tokens', () => {
    const bench = new Bench();
    bench.join('a');
    for (const usage of [undefined, { inputTokens: 30, outputTokens: 5 }, { inputTokens: 7, ...usd(3) }]) {
      const task = bench.submit();
      bench.accept(task);
      if (usage !== undefined) progress(bench, task, usage);
      bench.complete(task);
    }
    expect(costs(bench.state).total).toEqual({
      attempts: 3,
      unknownCost: 2,
      inputTokens: 37,
      outputTokens: 5,
      unpricedTokens: 35,
      ms: 0,
      cost: { USD: 3 },
    });
  });

  test('is taken from its sidecar when that has stopped it, and only what is more', () => {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    progress(bench, task, { inputTokens: 10 });
    const attempt = bench.by(task);
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'r' });
    expect(costs(bench.state).total).toMatchObject({ attempts: 1, unknownCost: 1 });
    const stopped = { type: 'task.stopped', ...attempt, usage: { inputTokens: 25, ...usd(40) } } as const;
    const session = { runner: 'claude', id: 's', model: 'opus' };
    bench.take({ ...stopped, session });
    expect(bench.take({ ...stopped, session }).events).toEqual([]);
    expect(costs(bench.state).total).toMatchObject({ attempts: 1, unknownCost: 0, inputTokens: 25, cost: { USD: 40 } });
    expect(spent(bench.state, 'model')).toMatchObject({ opus: 40 });
    expect(costs(bench.state, 'model').groups.map(({ figures }) => figures.attempts)).toEqual([0, 1]);
    expect(bench.task(task).usage).toMatchObject({ costMicros: 40 });
  });

  test('goes on being one attempt when it was lost and comes back', () => {
    const bench = new Bench({ offlineGraceSeconds: 1 });
    bench.join('a');
    const task = bench.submit();
    bench.accept(task);
    const { generation } = bench.task(task);
    bench.gone('a');
    bench.pass(2 * SECOND);
    expect(costs(bench.state).total).toMatchObject({ attempts: 1, unknownCost: 1 });
    bench.hello('a', { task, generation });
    expect(costs(bench.state).total).toMatchObject({ attempts: 0, unknownCost: 0 });
    progress(bench, task, usd(5));
    bench.complete(task);
    expect(costs(bench.state).total).toMatchObject({ attempts: 1, unknownCost: 0, cost: { USD: 5 } });
  });
});

const PARTS: readonly CostDimension[] = [
  'org',
  'repo',
  'agent',
  'runner',
  'provider',
  'model',
  'label',
  'member',
  'day',
];

test('the sum over any grouping is the sum of the facts, whatever the order and repetition of reports', () => {
  const figure = fc.option(fc.nat(1_000), { nil: undefined });
  const step = fc.record({
    does: fc.constantFrom('report', 'repeat', 'fail', 'complete', 'cancel', 'lose', 'submit', 'restart', 'day'),
    pick: fc.nat(9),
    inputTokens: figure,
    outputTokens: figure,
    costMicros: figure,
    seconds: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.subarray([...PARTS]), (steps, by) => {
      const bench = new Bench({
        offlineGraceSeconds: 1,
        maxAttempts: 100,
        retryBaseSeconds: 0.5,
        retryCapSeconds: 0.5,
      });
      const facts = new Map<string, Usage>();
      const agents = ['a', 'b', 'c'];
      for (const name of agents) bench.join(name);
      const grown = (key: string, usage: Usage): void => {
        const before = facts.get(key) ?? {};
        const most = (name: 'inputTokens' | 'outputTokens' | 'costMicros' | 'seconds') =>
          usage[name] === undefined ? before[name] : Math.max(before[name] ?? 0, usage[name]);
        const after = { ...usage };
        for (const name of ['inputTokens', 'outputTokens', 'costMicros', 'seconds'] as const) {
          const value = most(name);
          if (value !== undefined) Object.assign(after, { [name]: value });
        }
        facts.set(key, after);
      };
      let last: (() => void) | undefined;
      for (const { does, pick, ...said } of steps) {
        bench.pass(SECOND);
        for (const task of bench.state.tasks.values()) if (task.state === 'assigned') bench.accept(task.id);
        const agent = bench.agent(agents[pick % 3] as string);
        const live = agent.task;
        const usage = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Usage;
        switch (does) {
          case 'submit':
            bench.submit({ labels: pick % 2 === 0 ? { kind: String(pick) } : {}, ...(pick > 4 && { repo: REPO }) });
            break;
          case 'restart':
            bench.restart();
            break;
          case 'day':
            bench.wait(DAY - MINUTE);
            break;
          case 'lose':
            if (agent.connection === undefined) {
              const holding = live === undefined ? undefined : { task: live, generation: bench.task(live).generation };
              bench.hello(agent.name, holding);
            } else bench.gone(agent.name);
            break;
          default: {
            if (does === 'repeat') {
              last?.();
              break;
            }
            if (live === undefined || bench.task(live).state !== 'working' || agent.connection === undefined) break;
            const key = `${live} ${bench.task(live).generation}`;
            const from = { ...bench.by(live), report: bench.mark(), usage: { ...usage, currency: 'USD' } };
            if (does === 'cancel') {
              bench.take({ type: 'task.cancel', ...bench.operator(live), reason: 'r' });
              const stop = { ...from, type: 'task.stopped' } as const;
              last = () => void bench.decide({ ...stop, connection: bench.by(live, agent.name).connection });
              grown(key, usage);
              last();
              break;
            }
            const session = { runner: 'claude', id: 's', model: `m${pick}` };
            const command =
              does === 'report'
                ? ({ type: 'task.progress', ...from, session } as const)
                : does === 'fail'
                  ? ({ type: 'task.fail', ...from, error: { class: 'transient', code: 'c', message: 'm' } } as const)
                  : ({ type: 'task.complete', ...from, result: { summary: 's' } } as const);
            last = () => void bench.decide({ ...command, connection: bench.by(live, agent.name).connection });
            grown(key, usage);
            bench.take(command);
          }
        }
      }
      const sum = { inputTokens: 0, outputTokens: 0, costMicros: 0, ms: 0 };
      for (const { inputTokens = 0, outputTokens = 0, costMicros = 0, seconds = 0 } of facts.values()) {
        sum.inputTokens += inputTokens;
        sum.outputTokens += outputTokens;
        sum.costMicros += costMicros;
        sum.ms += Math.round(seconds * 1000);
      }
      const ended = [...bench.state.tasks.values()].flatMap(({ attemptLog = [] }) =>
        attemptLog.filter(({ endedAt }) => endedAt !== undefined),
      );
      const { groups, total } = costs(bench.state, ...by);
      const added = groups.reduce((to, { figures }) => plus(to, flat(figures)), flat(costs(bench.state).total, 0));
      expect(flat(total)).toEqual(added);
      expect(flat(total)).toEqual({
        ...sum,
        attempts: ended.length,
        unknownCost: ended.filter(({ usage }) => usage?.costMicros === undefined).length,
      });
      expect(groups.every(({ figures }) => figures.attempts >= 0 && figures.unknownCost >= 0)).toBe(true);
      expect(costs(fromSnapshot(bench.state), ...by)).toEqual({ groups, total });
      expect(costs(bench.replay(), ...by).total).toEqual(total);
    }),
    { numRuns: 60 },
  );
});

function flat({ attempts, unknownCost, inputTokens, outputTokens, ms, cost }: Figures, times = 1) {
  const all = { attempts, unknownCost, inputTokens, outputTokens, ms, costMicros: cost.USD ?? 0 };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value * times]));
}

function plus(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(a).map(([name, value]) => [name, value + (b[name] ?? 0)]));
}

describe('the ledger is bounded', () => {
  const parts = (repo: string, agent = 'a', model = ''): WorkParts => [repo, agent, '', model, '', 'm'];
  const one = (): Figures => ({ ...noFigures(), attempts: 1, cost: { USD: 1 } });
  /** No agent has much of it. */
  const add = (own: OrgLedger, day: number, repo: string): void => own.add(day, parts(repo, `a${repo}`), one());
  const sizes = (own: OrgLedger) => Array.from(own.days(), ([, rows]) => [...rows].length);
  const total = (own: OrgLedger) => costsOf([[ORG, own]], { by: [], from: 0, to: 1e6 }).total;

  test('by the day: what has no room is in one row, and nothing is lost', () => {
    const own = new OrgLedger();
    for (let i = 0; i < ROWS_PER_DAY + 50; i++) add(own, 1, `r${i}`);
    expect(sizes(own)).toEqual([ROWS_PER_DAY + 1]);
    expect(total(own)).toMatchObject({ attempts: ROWS_PER_DAY + 50, cost: { USD: ROWS_PER_DAY + 50 } });
    const { groups } = costsOf([[ORG, own]], { by: ['repo'], from: 0, to: 9 });
    expect(groups.filter(({ isRest }) => isRest).map(({ figures }) => figures.attempts)).toEqual([50]);
    const rest = () => costsOf([[ORG, own]], { by: ['repo'], from: 0, to: 9 }).groups.find(({ isRest }) => isRest);
    own.correct(1, parts(`r${ROWS_PER_DAY}`, 'a'), { ...noFigures(), attempts: -1 });
    expect([rest()?.figures.attempts, total(own).attempts]).toEqual([49, ROWS_PER_DAY + 49]);
    own.correct(2, parts('r1', 'a'), { ...noFigures(), attempts: -1 });
    expect(total(own).attempts).toBe(ROWS_PER_DAY + 49);
  });

  test('by the agent: one that names another model with every report leaves the others their rows', () => {
    const own = new OrgLedger();
    for (let i = 0; i < 5_000; i++) own.add(1, parts('r', 'odd', `m${i}`), one());
    const others = ROWS_PER_DAY / 2 / ROWS_PER_AGENT - 1;
    const addOthers = (to: OrgLedger): void => {
      for (let agent = 0; agent < others; agent++)
        for (let i = 0; i < ROWS_PER_AGENT; i++) to.add(1, parts(`r${i}`, `b${agent}`), one());
    };
    addOthers(own);
    const { groups } = costsOf([[ORG, own]], { by: ['agent'], from: 0, to: 9 });
    expect(groups.map(({ group, figures }) => [group.get('agent'), figures.attempts])).toEqual([
      ['odd', 5_000],
      ...Array.from({ length: others }, (_, i) => [`b${i}`, ROWS_PER_AGENT]),
    ]);
    const models = costsOf([[ORG, own]], { by: ['agent', 'model'], from: 0, to: 9 }).groups;
    expect(models.filter(({ group }) => group.get('agent') === 'odd')).toHaveLength(ROWS_PER_DAY / 2 + 1);
    own.correct(1, parts('r', 'odd', 'm4999'), { ...noFigures(), attempts: -1 });
    const [odd] = costsOf([[ORG, own]], { by: ['agent'], from: 0, to: 9 }).groups;
    expect([odd?.group.get('agent'), odd?.figures.attempts]).toEqual(['odd', 4_999]);
    // A snapshot says who has how many.
    const restored = new OrgLedger();
    for (const [day, rows] of own.days()) for (const row of rows) restored.restore(day, row);
    for (const ledger of [own, restored]) ledger.add(1, parts('r', 'b0', 'new'), one());
    expect(sizes(restored)).toEqual(sizes(own));
    expect([...restored.days()].map(([, rows]) => [...rows])).toEqual([...own.days()].map(([, rows]) => [...rows]));
  });

  test('over all days: the oldest become one row each, and their sums stay', () => {
    const own = new OrgLedger();
    const perDay = 900;
    const days = Math.ceil(ROWS_MAX / perDay) + 2;
    for (let day = 0; day < days; day++) for (let i = 0; i < perDay; i++) add(own, day, `r${i}`);
    expect(sizes(own).slice(0, 2)).toEqual([1, 1]);
    expect(sizes(own).reduce((sum, size) => sum + size)).toBeLessThanOrEqual(ROWS_MAX);
    expect(total(own).attempts).toBe(days * perDay);
    expect(own.costOn(0)).toBe(perDay);
    // Also of whoever added to a day last before it became one row.
    add(own, 0, `r${perDay - 1}`);
    expect(costsOf([[ORG, own]], { by: ['repo'], from: 0, to: 0 }).total.attempts).toBe(perDay + 1);
  });

  test('by days', () => {
    const own = new OrgLedger();
    for (let day = 0; day < DAYS_KEPT + 20; day++) add(own, day, 'r');
    expect(sizes(own)).toHaveLength(DAYS_KEPT);
    expect(new Ledger().of(ORG)).toBeUndefined();
  });
});
