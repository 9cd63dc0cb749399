// Two sockets with one key: only the newest that was welcomed speaks for the agent.

import { expect, test } from 'vitest';
import type { Command } from '../commands.js';
import { Bench } from '../fixture.js';

type Attempt = ReturnType<Bench['by']>;

const reports: Readonly<Record<string, (bench: Bench, attempt: Attempt) => Command>> = {
  progress: (bench, attempt) => ({ type: 'task.progress', ...attempt, report: bench.mark(), note: 'on it' }),
  block: (bench, attempt) => ({
    type: 'task.block',
    ...attempt,
    report: bench.mark(),
    question: { questionId: 'q1', question: 'which?' },
  }),
  answered: (_bench, attempt) => ({ type: 'task.answered', ...attempt, questionId: 'q1' }),
  complete: (bench, attempt) => ({
    type: 'task.complete',
    ...attempt,
    report: bench.mark(),
    result: { summary: 'done' },
  }),
  fail: (bench, attempt) => ({
    type: 'task.fail',
    ...attempt,
    report: bench.mark(),
    error: { class: 'transient', code: 'it.failed', message: 'it failed' },
  }),
  stopped: (_bench, attempt) => ({ type: 'task.stopped', ...attempt }),
};

function working(): { bench: Bench; attempt: Attempt } {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  bench.accept(task);
  return { bench, attempt: bench.by(task) };
}

test.each(Object.keys(reports))('once another instance holds the attempt, a %s of the first one is refused', (kind) => {
  const { bench, attempt } = working();
  const { task, generation } = attempt;
  expect(bench.hello('a', { task, generation }, { instance: 'second' }).reply.holding).toBe('keep');
  const before = bench.dump();
  expect(bench.refusal(reports[kind]?.(bench, attempt) as Command)).toBe('agent.replaced');
  expect(bench.dump()).toEqual(before);
  bench.complete(task);
  expect(bench.task(task).state).toBe('completed');
});

test('what comes over a link that is known to be gone is refused, and taken over the next one', () => {
  const { bench, attempt } = working();
  const { task, generation } = attempt;
  bench.gone('a');
  const report = { seq: 1, digest: 'd' };
  const complete = { type: 'task.complete' as const, report, result: { summary: 'done' } };
  expect(bench.refusal({ ...complete, ...attempt })).toBe('agent.replaced');
  expect(bench.hello('a', { task, generation }).reply.holding).toBe('keep');
  bench.take({ ...complete, ...bench.by(task) });
  expect(bench.task(task).state).toBe('completed');
});

test('an offer is taken or declined over the newest link alone', () => {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit();
  const offer = bench.by(task);
  bench.hello('a', undefined, { instance: 'second' });
  expect(bench.refusal({ type: 'task.accept', ...offer })).toBe('agent.replaced');
  expect(bench.refusal({ type: 'task.reject', ...offer, reason: 'no' })).toBe('agent.replaced');
  bench.accept(task);
  expect(bench.task(task).state).toBe('working');
});
