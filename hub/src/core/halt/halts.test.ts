// What halts hold back and stop, and what goes on when they end.

import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, ORG, REPO, SECOND } from '../fixture.js';
import { SORTED_AT_ONCE } from '../task/queued-tasks.js';
import { taskView } from '../task/view.js';
import { why } from '../task/why.js';
import { ALL, HaltBench, WHO } from './fixture.js';
import type { HaltScope } from './halt.js';

const OTHER = { url: 'https://git.example.com/door.git' };

type Spec = NonNullable<Parameters<HaltBench['submit']>[0]>;

/** What is halted, a task that it holds back, and one that it does not. */
const SCOPES: readonly [string, HaltScope, Spec, Spec?][] = [
  ['the fleet', ALL, {}],
  ['the organisation', { kind: 'org' }, {}],
  ['the organisation by name', { kind: 'org', value: ORG }, {}],
  ['a repository', { kind: 'repo', value: REPO.url }, { repo: REPO }, { repo: OTHER }],
  [
    'a repository in another spelling',
    { kind: 'repo', value: 'git@git.example.com:roof' },
    { repo: REPO },
    { repo: OTHER },
  ],
  ['repositories by a pattern', { kind: 'repo', value: 'https://git.example.com/r*' }, { repo: REPO }, {}],
  ['a runner', { kind: 'runner', value: 'claude' }, { runner: 'claude' }, { runner: 'codex' }],
  ['a label', { kind: 'label', value: 'team=roof=x' }, { labels: { team: 'roof=x' } }, { labels: { team: 'roof' } }],
  ['an agent', { kind: 'agent', value: 'a' }, { needs: ['agent:a'] }, { needs: ['agent:b'] }],
];
const RUNNERS = ['runner:claude', 'runner:codex'];

describe.each(SCOPES)('a halt on %s', (_what, scope, spec, free) => {
  function fleet(): HaltBench {
    const bench = new HaltBench();
    for (const name of ['a', 'b']) bench.join(name, RUNNERS);
    return bench;
  }

  test('holds back what was queued before and after, says why, and lets it go on when it ends', () => {
    const bench = fleet();
    bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: true, reason: '' });
    bench.take({ type: 'agent.drain', org: ORG, agent: 'b', draining: true, reason: '' });
    const before = bench.submit(spec);
    const halt = bench.halt(scope);
    for (const agent of ['a', 'b']) bench.take({ type: 'agent.drain', org: ORG, agent, draining: false, reason: '' });
    const after = bench.submit(spec);
    for (const task of [before, after]) {
      expect(bench.task(task).state).toBe('queued');
      expect(why(bench.state, bench.task(task)).reasons).toMatchObject([{ code: 'halted', halt }]);
    }
    if (free !== undefined) expect(bench.task(bench.submit(free)).state).toBe('assigned');
    bench.restart();
    for (const agent of ['a', 'b']) bench.hello(agent);
    expect(bench.task(before).state).toBe('queued');
    bench.resume(halt);
    expect(bench.task(before).state).toBe('assigned');
  });

  test('withdraws an offer, which counts as none, and lets go on what was accepted', () => {
    const bench = fleet();
    const accepted = bench.submit(spec);
    bench.accept(accepted);
    const offered = bench.submit({ ...spec, needs: ['agent:b'] });
    const halted = scope.kind === 'agent' ? ({ kind: 'agent', value: 'b' } as const) : scope;
    const terms = { strength: 'new', reason: 'r' } as const;
    const { frames } = bench.take({ type: 'halt.create', ...WHO, scope: halted, ...terms });
    expect(bench.task(accepted).state).toBe('working');
    expect(bench.task(offered)).toMatchObject({ state: 'queued', agent: undefined, offers: 0 });
    expect(bench.task(offered)).not.toHaveProperty('passedOver');
    expect(frames).toEqual([`task.cancel ${offered} 1`]);
    expect(bench.agent('b').stopping).toMatchObject({ task: offered });
    expect(bench.refusal({ type: 'task.accept', ...bench.from('b'), task: offered, generation: 1 })).toBe(
      'task.stale_generation',
    );
  });

  test('that stops what runs gives the attempt back, unused, and keeps what it left', () => {
    const bench = fleet();
    const task = bench.submit(spec);
    bench.accept(task);
    const { frames } = bench.take({ type: 'halt.create', ...WHO, scope, strength: 'running', reason: 'moving' });
    expect(frames).toEqual([`task.cancel ${task} 1`]);
    bench.stopped(task, 'a', true);
    const { attempts, state, attemptsUsed } = taskView(bench.task(task));
    expect({ state, attemptsUsed }).toEqual({ state: 'queued', attemptsUsed: 0 });
    expect(attempts).toMatchObject([{ counted: false, halt: { reason: 'moving' } }]);
    expect(attempts[0]).not.toHaveProperty('error');
    if (spec.repo !== undefined) expect(attempts[0]).toMatchObject(bench.left(task));
  });
});

test('a task that names no runner goes to nobody who has or may have the one that is halted', () => {
  const bench = new HaltBench();
  bench.halt({ kind: 'runner', value: 'claude' });
  bench.join('both', RUNNERS);
  bench.join('mute');
  const task = bench.submit();
  expect(bench.task(task).state).toBe('queued');
  expect(why(bench.state, bench.task(task)).reasons).toMatchObject([{ code: 'halted' }]);
  bench.join('codex', ['runner:codex']);
  expect(bench.task(task).agent).toBe('codex');
});

test('a halt on a runner stops what is known to run on it, and what may', () => {
  const bench = new HaltBench();
  const working = (agent: string, runner?: string) => {
    bench.join(agent, RUNNERS);
    const task = bench.working(agent);
    const session = { session: { runner: runner ?? '', id: 's' } };
    bench.take({
      type: 'task.progress',
      ...bench.by(task),
      report: bench.mark(),
      ...(runner !== undefined && session),
    });
    return task;
  };
  const [claude, codex, unknown] = [working('a', 'claude'), working('b', 'codex'), working('c')];
  bench.stop({ kind: 'runner', value: 'claude' });
  expect([claude, codex, unknown].map((task) => bench.task(task).state)).toEqual(['queued', 'working', 'queued']);
});

test('a halted agent takes nothing, and another one gets what it had', () => {
  const bench = new HaltBench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  bench.join('b');
  const halt = bench.stop({ kind: 'agent', value: 'a' });
  expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'b' });
  bench.stopped(task, 'a');
  const next = bench.submit();
  expect(bench.task(next).state).toBe('queued');
  bench.resume(halt);
  expect(bench.task(next).agent).toBe('a');
});

describe('two halts', () => {
  test('on the same tasks hold them back until both have ended', () => {
    const bench = new HaltBench();
    bench.join('a');
    const [one, two] = [
      bench.halt({ kind: 'repo', value: REPO.url }),
      bench.halt({ kind: 'label', value: 'team=roof' }),
    ];
    const task = bench.submit({ repo: REPO, labels: { team: 'roof' } });
    bench.resume(one);
    expect(bench.task(task).state).toBe('queued');
    expect(why(bench.state, bench.task(task)).reasons).toMatchObject([{ halt: two }]);
    bench.resume(two);
    expect(bench.task(task).state).toBe('assigned');
  });

  test.each(SCOPES)('of both strengths on %s are two: each holds on without the other', (_what, scope, spec) => {
    const bench = new HaltBench();
    for (const name of ['a', 'b']) bench.join(name, RUNNERS);
    const halts = [bench.halt(scope), bench.stop(scope)];
    const task = bench.submit(spec);
    for (const halt of halts) {
      expect(bench.task(task).state).toBe('queued');
      bench.resume(halt);
    }
    expect(bench.task(task).state).toBe('assigned');
  });
});

test('what is held back hides nothing behind it, however much there is', () => {
  const bench = new HaltBench();
  const held = Array.from({ length: 600 }, (_, i) =>
    bench.submit({ repo: i % 2 === 0 ? REPO : OTHER, labels: { team: 'roof' } }),
  );
  const halts = [bench.halt({ kind: 'label', value: 'team=roof' }), bench.halt({ kind: 'repo', value: REPO.url })];
  const free = bench.submit({ repo: OTHER });
  bench.join('a');
  expect(bench.task(free).agent).toBe('a');
  bench.join('b');
  expect(bench.state.matching.depths(ORG)).toEqual([0, 0, 600, 0]);
  expect(bench.state.matching.oldest(ORG)).toEqual([undefined, undefined, undefined, undefined]);
  bench.resume(halts[0] ?? '');
  expect(bench.task(held[1] ?? '').agent).toBe('b');
  expect(bench.task(held[0] ?? '').state).toBe('queued');
});

test('a queue that is too long to be sorted at once is sorted page by page, and nothing is offered before', () => {
  const bench = new HaltBench();
  const submitted = Array.from({ length: 3 * SORTED_AT_ONCE + 2 }, (_, i) =>
    bench.submit({ labels: { team: i % 2 === 0 ? 'roof' : 'door' } }),
  );
  const [held = '', free = ''] = submitted;
  const halt = bench.halt({ kind: 'label', value: 'team=roof' });
  bench.join('a');
  expect(bench.task(free).state).toBe('queued');
  bench.take({ type: 'task.cancel', ...bench.operator(submitted.at(-1) ?? ''), reason: 'enough' });
  bench.take({ type: 'task.cancel', ...bench.operator(submitted.at(-2) ?? ''), reason: 'enough' });
  bench.wait(SECOND / 4);
  expect(bench.take({ type: 'tick' }).reply.more).toBe(true);
  bench.tick();
  expect(bench.task(free).agent).toBe('a');
  expect(bench.state.matching.depths(ORG)).toEqual([0, 0, submitted.length - 3, 0]);
  bench.resume(halt);
  bench.pass(SECOND / 4);
  bench.join('b');
  expect(bench.task(held).agent).toBe('b');
});

test('the same again is the halt that is there, with what is said now', () => {
  const bench = new HaltBench();
  const halt = bench.halt(ALL, { until: bench.now + HOUR });
  const events = () => bench.log.length;
  const before = events();
  expect(bench.halt(ALL, { until: bench.now + HOUR })).toBe(halt);
  expect(events()).toBe(before);
  expect(bench.halt(ALL, { reason: 'fire', by: 'bob' })).toBe(halt);
  expect(bench.state.halts.get(halt)).toMatchObject({ reason: 'fire', by: 'bob', until: undefined });
  bench.pass(2 * HOUR);
  expect(bench.state.halts.get(halt)).toBeDefined();
});

test('it ends by itself, by the wall clock, also after a restart', () => {
  const bench = new HaltBench();
  bench.join('a');
  const halt = bench.halt(ALL, { until: bench.now + HOUR });
  const task = bench.submit();
  bench.restart();
  bench.hello('a');
  bench.pass(HOUR - MINUTE);
  expect(bench.task(task).state).toBe('queued');
  bench.take({ type: 'clock.jump', forwardMs: 0, wallOffsetMs: -MINUTE });
  bench.pass(MINUTE + SECOND);
  expect(bench.state.halts.get(halt)).toBeDefined();
  bench.pass(MINUTE);
  expect(bench.state.halts.get(halt)).toBeUndefined();
  expect(bench.task(task).state).toBe('assigned');
});

test('a large fleet is stopped page by page, at once', () => {
  const bench = new HaltBench();
  const tasks = Array.from({ length: 1_200 }, (_, i) => bench.working(`a${i}`));
  const working = () => tasks.filter((task) => bench.task(task).state === 'working').length;
  bench.stop();
  expect(working()).toBe(700);
  bench.wait(SECOND / 4);
  const { reply, events } = bench.take({ type: 'tick' });
  expect([reply.more, events.length, working()]).toEqual([true, 500, 200]);
  bench.tick();
  expect(working()).toBe(0);
});

test('what is left to stop is stopped by whoever leads next', () => {
  const bench = new HaltBench();
  const tasks = Array.from({ length: 510 }, (_, i) => bench.working(`a${i}`));
  bench.stop();
  bench.restart();
  bench.take({ type: 'leader.elect', hub: 'next', epoch: 9, url: 'http://next', version: '1' });
  bench.pass(SECOND / 4);
  expect(tasks.every((task) => bench.task(task).state === 'queued')).toBe(true);
});

describe('an agent that was away', () => {
  test('is told to stop what was given back, before it is offered anything', () => {
    const bench = new HaltBench();
    const task = bench.working('a', { repo: REPO });
    bench.gone('a');
    bench.stop();
    bench.pass(10 * MINUTE);
    const { reply, frames } = bench.hello('a', { task, generation: 1 });
    expect(reply.holding).toBe('drop');
    expect(frames).toEqual([]);
    bench.stopped(task, 'a', true);
    expect(taskView(bench.task(task))).toMatchObject({ state: 'queued', attempts: [bench.left(task)] });
  });

  test('goes on with a lost attempt only if nothing stops what runs', () => {
    const lost = (strength: 'new' | 'running') => {
      const bench = new HaltBench();
      const task = bench.working('a');
      bench.gone('a');
      bench.pass(3 * MINUTE);
      bench.halt(ALL, { strength });
      bench.hello('a', { task, generation: 1 });
      return bench.task(task).state;
    };
    expect(lost('running')).not.toBe('working');
    expect(lost('new')).toBe('working');
  });
});

test('work goes back to the agent that did it, ahead of what is equally urgent', () => {
  const bench = new HaltBench();
  for (const name of ['a', 'b']) bench.join(name);
  const [first, second] = [bench.submit({ repo: REPO }), bench.submit({ repo: REPO })];
  for (const task of [first, second]) bench.accept(task);
  const holders = [bench.task(first).agent, bench.task(second).agent];
  const halt = bench.stop();
  bench.stopped(second, holders[1] ?? '');
  bench.stopped(first, holders[0] ?? '');
  bench.resume(halt);
  expect([bench.task(first).agent, bench.task(second).agent]).toEqual(holders);
});

test('work that an end in time frees goes back to its agent as well', () => {
  const bench = new HaltBench();
  const [a, b] = [bench.working('a', { needs: [] }), bench.working('b', { needs: [] })];
  bench.stop(ALL, { until: bench.now + HOUR });
  bench.stopped(b, 'b');
  bench.stopped(a, 'a');
  const urgent = bench.submit({ lane: 'urgent', needs: ['agent:b'] });
  bench.pass(HOUR + SECOND);
  expect(bench.task(a).agent).toBe('a');
  expect(bench.task(urgent).agent).toBe('b');
});

describe('whoever asks', () => {
  test.each([
    ['the fleet', ALL, 'auth.forbidden'],
    ['another organisation', { kind: 'org', value: 'other' }, 'auth.forbidden'],
    ['an agent that is not there', { kind: 'agent', value: 'nobody' }, 'agent.not_found'],
  ] as const)('without running the hub cannot halt %s', (_what, scope, code) => {
    const bench = new HaltBench();
    bench.take({ type: 'org.ensure', org: 'other' });
    const terms = { strength: 'new', reason: 'r' } as const;
    expect(bench.refusal({ type: 'halt.create', ...WHO, ofHub: false, scope, ...terms })).toBe(code);
  });

  test('ends only what its organisation has halted, and does not hear of others', () => {
    const bench = new HaltBench();
    bench.take({ type: 'org.ensure', org: 'other' });
    const other = { org: 'other', ofHub: false, by: 'bob' };
    const [fleet, own] = [bench.halt(), bench.halt({ kind: 'label', value: 'team=roof' })];
    expect(bench.refusal({ type: 'halt.end', ...other, halt: fleet })).toBe('auth.forbidden');
    expect(bench.refusal({ type: 'halt.end', ...other, halt: own })).toBe('halt.not_found');
    bench.resume(own);
    expect(bench.refusal({ type: 'halt.end', ...WHO, halt: own })).toBe('halt.not_found');
  });

  test('cannot halt until a time that has passed', () => {
    const bench = new HaltBench();
    const terms = { strength: 'new', reason: 'r', until: bench.now } as const;
    expect(bench.refusal({ type: 'halt.create', ...WHO, scope: ALL, ...terms })).toBe('request.invalid');
  });
});
