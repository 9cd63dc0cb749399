// Retry and requeue with something changed beside session, model and prompt: what runs next, what counts, and what is refused.

import { expect, test } from 'vitest';
import { Bench, dumpOf, HOUR, ORG } from '../fixture.js';

const BUDGET = { tokens: 100 };

/** A task that died having used so many tokens. */
function dead(bench: Bench, usedTokens: number, spec: Parameters<Bench['submit']>[0] = {}): string {
  if (bench.state.agents.size === 0) bench.join('a');
  const task = bench.submit({ budget: BUDGET, ...spec });
  bench.accept(task);
  die(bench, task, usedTokens);
  return task;
}

function die(bench: Bench, task: string, usedTokens: number): void {
  bench.take({
    type: 'task.fail',
    ...bench.by(task),
    report: bench.mark(),
    error: { class: 'permanent', code: 'it.failed', message: 'it failed' },
    usage: { inputTokens: usedTokens },
  });
}

const requeue = (bench: Bench, task: string, options: object) => ({
  type: 'dead.requeue' as const,
  ...bench.operator(task),
  ...options,
});

test('everything that was asked for is changed for good, in the history, in a replay and in a snapshot', () => {
  const bench = new Bench();
  const task = dead(bench, 10);
  const changes = {
    lane: 'urgent' as const,
    needs: ['git', 'gpu'],
    runner: 'codex',
    budget: { costMicros: 2_500_000, tokens: 500 },
    maxAttempts: 7,
    runTimeoutMs: HOUR,
  };
  bench.take(requeue(bench, task, { changes, prompt: { to: 'do something else' } }));
  expect(bench.task(task)).toMatchObject({ state: 'queued', spec: { ...changes, prompt: 'do something else' } });
  expect(bench.task(task).history?.findLast(({ event }) => event === 'requeued')?.detail).toBe(
    'operator, with lane urgent, needs git gpu, runner codex, a budget of cost 2.5 and 500 tokens, 7 attempts, ' +
      'a run timeout of 3600 s, a new prompt',
  );
  expect(dumpOf(bench.replay())).toEqual(bench.dump());
  bench.restart();
  bench.enrol('b', ['git', 'gpu']);
  bench.hello('b');
  expect(bench.task(task)).toMatchObject({ state: 'assigned', agent: 'b' });
});

test('a task goes to whoever fits what it needs now, in its new lane', () => {
  const bench = new Bench();
  const task = dead(bench, 10);
  bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: true, reason: 'x' });
  const [low, high] = [bench.submit({ lane: 'low' }), bench.submit({ lane: 'high' })];
  bench.take(requeue(bench, task, { changes: { lane: 'urgent', needs: [] } }));
  bench.take({ type: 'agent.drain', org: ORG, agent: 'a', draining: false, reason: 'x' });
  expect([task, high, low].map((id) => bench.task(id).state)).toEqual(['assigned', 'queued', 'queued']);
});

test('so many attempts are left as were asked for', () => {
  const bench = new Bench();
  const task = dead(bench, 10);
  bench.take(requeue(bench, task, { changes: { maxAttempts: 1 } }));
  bench.accept(task);
  bench.fail(task);
  expect(bench.task(task)).toMatchObject({ state: 'dead', death: 'attempts_used', attempts: 1 });
});

test.each([
  ['begins anew', {}, 'scheduled'],
  ['goes on with what is left', { keepBudget: true }, 'dead'],
  ['may be raised, with what was used before', { keepBudget: true, changes: { budget: { tokens: 200 } } }, 'scheduled'],
])('the budget %s', (_what, options, state) => {
  const bench = new Bench();
  const task = dead(bench, 60);
  bench.take(requeue(bench, task, options));
  bench.accept(task);
  bench.take({
    type: 'task.fail',
    ...bench.by(task),
    report: bench.mark(),
    error: { class: 'transient', code: 'it.failed', message: 'it failed' },
    usage: { inputTokens: 60 },
  });
  expect(bench.task(task).state).toBe(state);
});

test('what is left of a budget is nothing: that is refused, unless there is a larger one', () => {
  const bench = new Bench();
  const task = dead(bench, 100);
  const before = bench.dump();
  expect(bench.refusal(requeue(bench, task, { keepBudget: true }))).toBe('task.budget_used');
  expect(bench.refusal(requeue(bench, task, { keepBudget: true, changes: { budget: { tokens: 100 } } }))).toBe(
    'task.budget_used',
  );
  expect(bench.dump()).toEqual(before);
  bench.take(requeue(bench, task, { keepBudget: true, changes: { budget: { tokens: 101 } } }));
});

test('a decision about what somebody saw is refused once the task has been tried again', () => {
  const bench = new Bench();
  const task = dead(bench, 1);
  const seen = { ifGeneration: bench.task(task).generation };
  bench.take(requeue(bench, task, seen));
  expect(bench.refusal(requeue(bench, task, seen))).toBe('task.not_dead');
  bench.accept(task);
  die(bench, task, 1);
  expect(bench.refusal(requeue(bench, task, seen))).toBe('task.attempted_since');
  expect(bench.refusal({ ...requeue(bench, task, seen), type: 'task.retry' })).toBe('task.attempted_since');
  bench.take(requeue(bench, task, { ifGeneration: bench.task(task).generation }));
});

test('the same prompt again is no change', () => {
  const bench = new Bench();
  const task = dead(bench, 1);
  const { events } = bench.take(requeue(bench, task, { prompt: { to: bench.task(task).spec.prompt } }));
  expect(events[0]).not.toHaveProperty('prompt');
});
