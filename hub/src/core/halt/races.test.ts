// Halt, spend limit, cancel, completion, failure and a crash of the sidecar in every order: the task is whole, is worked on by one agent at a
// time, loses no attempt to a halt or a limit, and comes to an end.

import { expect, test } from 'vitest';
import { MINUTE } from '../fixture.js';
import { taskView } from '../task/view.js';
import { HaltBench, WHO } from './fixture.js';

type Step = (bench: HaltBench, task: string) => void;

/** What the sidecar says it says of the attempt that it has, whether or not the hub has taken it away by then. */
const attempt = (bench: HaltBench, task: string) => ({ ...bench.from('a'), task, generation: 1 });

const STEPS: Readonly<Record<string, Step>> = {
  halt: (bench) => void bench.stop(),
  /** Less than is used already. */
  limit: (bench) =>
    void bench.take({ type: 'limit.set', ...WHO, scope: { kind: 'org' }, amounts: { day: { tokens: 5 } } }),
  cancel: (bench, task) => void bench.decide({ type: 'task.cancel', ...bench.operator(task), reason: 'enough' }),
  complete: (bench, task) =>
    void bench.decide({
      type: 'task.complete',
      ...attempt(bench, task),
      report: { seq: 2, digest: 'c' },
      result: { summary: 'done' },
    }),
  fail: (bench, task) =>
    void bench.decide({
      type: 'task.fail',
      ...attempt(bench, task),
      report: { seq: 3, digest: 'f' },
      error: { class: 'transient', code: 'it.failed', message: 'it failed' },
    }),
  crash: (bench) => {
    if (bench.agent('a').connection !== undefined) bench.gone('a');
    bench.hello('a');
  },
};

const WITHOUT_CANCEL = Object.keys(STEPS).filter((step) => step !== 'cancel');

function* orders<T>(all: readonly T[]): Iterable<readonly T[]> {
  if (all.length === 0) yield [];
  for (const [i, first] of all.entries())
    for (const rest of orders([...all.slice(0, i), ...all.slice(i + 1)])) yield [first, ...rest];
}

/** What comes first decides; a crash loses the attempt, after which the sidecar has nothing more to say of it. */
function endOf(order: readonly string[]): { readonly state: string; readonly used: number } {
  for (const step of order) {
    if (step === 'complete') return { state: 'completed', used: 0 };
    if (step === 'cancel') return { state: 'cancelled', used: 0 };
    const used = step === 'halt' || step === 'limit' ? 0 : 1;
    if (order.includes('cancel')) return { state: 'cancelled', used };
    return { state: step === 'halt' ? 'queued' : 'scheduled', used };
  }
  throw new Error('nothing happened');
}

const ALL = [...orders(Object.keys(STEPS)), ...orders(WITHOUT_CANCEL)];

test.each(ALL.map((order) => [order.join(', '), order] as const))('%s', (_name, order) => {
  const bench = new HaltBench();
  const task = bench.working('a');
  const usage = { inputTokens: 5 };
  bench.take({ type: 'task.progress', ...attempt(bench, task), report: { seq: 1, digest: 'p' }, usage });
  for (const step of order) {
    bench.wait(1);
    STEPS[step]?.(bench, task);
    bench.tick();
  }
  const { state, attemptsUsed, attempts } = taskView(bench.task(task));
  expect({ state, used: attemptsUsed }).toEqual(endOf(order));
  expect(attempts).toHaveLength(1);
  expect(attempts[0]).toHaveProperty('endedAt');
  expect(bench.agent('a').task).toBeUndefined();

  for (const halt of [...bench.state.halts.all()]) bench.resume(halt.id);
  bench.take({ type: 'limit.remove', ...WHO, scope: { kind: 'org' } });
  if (bench.task(task).state !== 'assigned') bench.pass(10 * MINUTE);
  if (bench.task(task).state === 'assigned') {
    expect(bench.task(task).generation).toBe(2);
    bench.accept(task);
    bench.complete(task);
  }
  expect(['completed', 'cancelled']).toContain(bench.task(task).state);
  expect(bench.replay().tasks.get(task)?.state).toBe(bench.task(task).state);
});
