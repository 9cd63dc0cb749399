// What time brings to offers, attempts, questions, links and what was finished.

import { describe, expect, test } from 'vitest';
import { Bench, HOUR, MINUTE, markOf, ORG, REPO, SECOND, submission } from './fixture.js';

function working(bench: Bench, spec: Parameters<Bench['submit']>[0] = {}): string {
  bench.join('a');
  const task = bench.submit(spec);
  bench.accept(task);
  return task;
}

test('an offer that is not accepted in time goes back, and uses no attempt', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.pass(59 * SECOND);
  expect(bench.task(task).state).toBe('assigned');
  bench.pass(2 * SECOND);
  expect(bench.task(task)).toMatchObject({ state: 'queued', attempts: 0, offers: 1 });
  expect(bench.agent('a')).toMatchObject({ task: undefined, unresponsive: true });
});

test('an agent that let an offer pass gets nothing until it says hello, or answers late', () => {
  for (const comesBack of [
    (bench: Bench) => bench.hello('a'),
    (bench: Bench) => bench.take({ type: 'agent.respond', org: ORG, agent: 'a' }),
    (bench: Bench, task: string) => bench.take({ type: 'task.reject', ...bench.by(task, 'a'), reason: 'no' }),
  ]) {
    const bench = new Bench();
    bench.join('a');
    const task = bench.submit();
    bench.pass(61 * SECOND);
    bench.pass(10 * MINUTE);
    expect(bench.agent('a').unresponsive).toBe(true);
    expect(bench.task(task).agent).toBeUndefined();
    comesBack(bench, task);
    expect(bench.task(task).agent).toBe('a');
  }
});

test('an attempt that runs too long has failed, and its agent is told to stop and is busy until it did', () => {
  const bench = new Bench({ retryBaseSeconds: 0 });
  const task = working(bench, { runTimeoutMs: 10 * MINUTE });
  const events = bench.pass(10 * MINUTE + SECOND);
  expect(events[0]).toMatchObject({ type: 'task.attempt_failed', error: { class: 'timeout' }, counted: true });
  expect(bench.agent('a').stopping).toMatchObject({ task, generation: 1 });
  bench.pass(30 * SECOND);
  expect(bench.task(task)).toMatchObject({ state: 'queued', attempts: 1 });
  bench.take({ type: 'task.stopped', ...bench.by(task, 'a') });
  expect(bench.task(task)).toMatchObject({ agent: 'a', generation: 2 });
});

test('an agent that never says it has stopped is free again after a while', () => {
  const bench = new Bench();
  const task = working(bench);
  bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
  const next = bench.submit();
  expect(bench.task(next).state).toBe('queued');
  bench.pass(61 * SECOND);
  expect(bench.task(next).agent).toBe('a');
});

test('the run timeout rests while a question is open, and an unanswered question fails the attempt', () => {
  const bench = new Bench();
  const task = working(bench, { runTimeoutMs: HOUR });
  bench.wait(50 * MINUTE);
  bench.block(task);
  bench.pass(20 * HOUR);
  bench.take({ type: 'task.answer', ...bench.operator(task), answer: 'left' });
  bench.pass(9 * MINUTE);
  expect(bench.task(task).state).toBe('working');
  bench.block(task, 'q2');
  bench.pass(24 * HOUR + SECOND);
  expect(bench.task(task).attemptLog?.[0]?.error?.code).toBe('answer.timeout');
  expect(bench.task(task).question).toBeUndefined();
});

test.each(['working', 'blocked'] as const)('a %s attempt survives its link for the grace, and not longer', (state) => {
  const bench = new Bench();
  const task = working(bench);
  if (state === 'blocked') bench.block(task);
  bench.gone('a');
  bench.pass(119 * SECOND);
  expect(bench.task(task).state).toBe(state);
  bench.pass(2 * SECOND);
  expect(bench.task(task)).toMatchObject({ agent: undefined, attempts: 1 });
  expect(bench.task(task).attemptLog?.[0]?.error).toMatchObject({ class: 'lost', code: 'agent.offline' });
});

test('attempts that are used up make a dead letter with every error in it', () => {
  const bench = new Bench();
  const task = working(bench, { maxAttempts: 3 });
  bench.fail(task);
  bench.pass(HOUR);
  bench.accept(task);
  bench.gone('a');
  bench.pass(3 * MINUTE);
  bench.pass(HOUR);
  bench.hello('a');
  bench.accept(task);
  bench.fail(task);
  expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'attempts_used', attempts: 3 });
  expect(bench.task(task).attemptLog?.map(({ error }) => error?.code)).toEqual([
    'it.transient',
    'agent.offline',
    'it.transient',
  ]);
  bench.pass(100 * 24 * HOUR);
  expect(bench.task(task).state).toBe('dead');
});

test.each(['permanent', 'budget'] as const)('%s is dead at once', (failure) => {
  const bench = new Bench();
  const task = working(bench);
  bench.fail(task, failure);
  expect(bench.task(task)).toMatchObject({ state: 'dead', death: failure });
});

test('a usage limit waits for its reset and uses no attempt', () => {
  const bench = new Bench();
  const task = working(bench, { maxAttempts: 1 });
  bench.fail(task, 'rate_limited', bench.now + HOUR);
  expect(bench.task(task)).toMatchObject({ state: 'scheduled', reason: 'rate_limited', attempts: 0 });
  bench.pass(59 * MINUTE);
  expect(bench.task(task).state).toBe('scheduled');
  bench.pass(2 * MINUTE);
  expect(bench.task(task)).toMatchObject({ state: 'assigned', generation: 2 });
});

test('many deadlines at once come in pages, none lost', () => {
  const bench = new Bench();
  for (let i = 0; i < 250; i++) bench.submit({ notBefore: bench.now + HOUR });
  bench.wait(2 * HOUR);
  const page = bench.take({ type: 'tick' });
  expect(page.reply.more).toBe(true);
  expect(page.events).toHaveLength(100);
  expect(bench.tick()).toHaveLength(150);
  expect(bench.state.taskIndex.counts()).toMatchObject({ scheduled: 0, queued: 250 });
});

describe('reports', () => {
  test('the same one again is answered the same and changes nothing, also after the end', () => {
    const bench = new Bench();
    const task = working(bench);
    const report = bench.mark();
    const complete = { type: 'task.complete' as const, ...bench.by(task), report, result: { summary: 'done' } };
    bench.take(complete);
    const before = bench.dump();
    expect(bench.take(complete)).toMatchObject({ reply: {}, events: [], frames: [] });
    expect(bench.dump()).toEqual(before);
    expect(bench.refusal({ ...complete, report: { ...report, digest: 'another' } })).toBe('report.conflict');
  });

  test('usage adds up over attempts, and a later report of one attempt replaces the earlier', () => {
    const bench = new Bench();
    const task = working(bench);
    const progress = (inputTokens: number) =>
      bench.take({
        type: 'task.progress',
        ...bench.by(task),
        report: bench.mark(),
        usage: { inputTokens, currency: 'EUR' },
      });
    progress(100);
    progress(150);
    bench.fail(task);
    bench.pass(HOUR);
    bench.accept(task);
    progress(50);
    expect(bench.task(task).usage).toEqual({ inputTokens: 200, currency: 'EUR' });
  });

  test('progress is shown while the attempt goes on', () => {
    const bench = new Bench();
    const task = working(bench);
    bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), note: 'half', fraction: 0.5 });
    expect(bench.task(task).progress).toEqual({ at: bench.now, note: 'half', fraction: 0.5 });
    bench.complete(task);
    expect(bench.task(task).progress).toBeUndefined();
  });

  test('a stop that nobody waits for changes nothing', () => {
    const bench = new Bench();
    const task = working(bench);
    const before = bench.dump();
    bench.take({ type: 'task.stopped', ...bench.by(task), generation: 7 });
    bench.take({ type: 'task.stopped', ...bench.from('nobody'), task, generation: 1 });
    expect(bench.dump()).toEqual(before);
  });
});

describe('the archive', () => {
  test('takes what has ended, and says which bodies nobody names any more', () => {
    const bench = new Bench();
    const shared = { ref: '1.shared', bytes: 3_000 };
    const own = { ref: '1.own', bytes: 3_000 };
    const [ended, open] = [bench.submit({ prompt: shared, data: own }), bench.submit({ prompt: shared })];
    bench.take({ type: 'task.cancel', ...bench.operator(ended), reason: 'enough' });
    const { reply } = bench.archive(ended, open, 'id-9999');
    expect(reply.unusedBodies).toEqual(['1.own']);
    expect([...bench.state.tasks.keys()]).toEqual([open]);
    expect(bench.state.finished.size).toBe(0);
  });

  test('leaves a task that has changed since it was stored', () => {
    const bench = new Bench();
    const task = working(bench, { repo: REPO });
    const stopped = bench.by(task);
    const seen = () => [{ id: task, mark: markOf(bench.state, task) }];
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
    const before = seen();
    bench.take({ type: 'task.stopped', ...stopped, left: bench.left(task) });
    bench.take({ type: 'tasks.archive', tasks: before });
    expect(bench.task(task).attemptLog?.[0]?.left).toEqual(bench.left(task));
    bench.take({ type: 'tasks.archive', tasks: seen() });
    expect(bench.state.tasks.size).toBe(0);
  });

  test('never takes a dead letter', () => {
    const bench = new Bench();
    const task = working(bench);
    bench.fail(task, 'permanent');
    bench.archive(task);
    expect(bench.task(task).state).toBe('dead');
  });

  test('a key still leads to the archived task', () => {
    const bench = new Bench();
    const command = submission({}, { key: 'k', digest: 'd' });
    const { task } = bench.take(command).reply;
    bench.take({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' });
    bench.archive(task);
    expect(bench.take(command).reply).toEqual({ task, repeated: true });
  });
});

describe('a history', () => {
  test('keeps the newest entries and counts the others', () => {
    const bench = new Bench({ maxOffers: 1_000, passOverBaseSeconds: 0, passOverCapSeconds: 0 });
    bench.join('a');
    const task = bench.submit();
    for (let i = 0; i < 60; i++) {
      while (bench.task(task).state === 'queued') bench.pass(250);
      bench.take({ type: 'task.reject', ...bench.by(task), reason: `no ${i}` });
    }
    const { history, historyDropped } = bench.task(task);
    expect(history).toHaveLength(60);
    expect(historyDropped).toBeGreaterThan(0);
    expect(history?.filter(({ event }) => event === 'rejected').at(-1)?.detail).toBe('no 59');
  });
});
