// What a task may cost, from those that were like it.

import { expect, test } from 'vitest';
import { Bench, fromSnapshot, REPO } from '../fixture.js';
import { estimateOf } from './estimate.js';
import { TaskHistory } from './task-history.js';

const HERE = [REPO.url, 'claude', 'fix', ''] as const;
const usd = (costMicros: number) => ({ costMicros, currency: 'USD', tokens: costMicros * 2, seconds: 1 });

function historyOf(
  ...tasks: readonly (readonly [kind: readonly [string, string, string, string], ...costs: number[]])[]
) {
  const history = new TaskHistory();
  for (const [kind, ...costs] of tasks) for (const cost of costs) history.add(kind, usd(cost));
  return history;
}

test('an estimate is the median and the ninetieth percentile of tasks of the same repository, runner and template', () => {
  const history = historyOf([HERE, 10, 1, 9, 2, 8, 3, 7, 4, 6, 5], [['other', 'claude', 'fix', ''], 999]);
  expect(estimateOf(history, HERE)).toEqual({
    n: 10,
    like: ['repo', 'runner', 'template'],
    unknownCost: 0,
    median: { costMicros: 5, currency: 'USD', tokens: 10, seconds: 1 },
    p90: { costMicros: 9, currency: 'USD', tokens: 18, seconds: 1 },
  });
});

test('with too few, those that have less in common count, and it is said what they have', () => {
  const history = historyOf(
    [HERE, 1],
    [[REPO.url, 'claude', 'other', ''], 2, 3],
    [[REPO.url, 'codex', '', ''], 4],
    [['', '', '', ''], 5],
  );
  expect(estimateOf(history, HERE)).toMatchObject({ n: 5, like: [], median: { costMicros: 3 } });
  const more = historyOf([HERE, 1], [[REPO.url, 'claude', 'other', ''], 2, 3, 4, 5], [['', '', '', ''], 999]);
  expect(estimateOf(more, HERE)).toMatchObject({ n: 5, like: ['repo', 'runner'] });
  expect(estimateOf(more, [REPO.url, '', '', ''])).toMatchObject({ n: 5, like: ['repo'] });
});

test('what is not known is not estimated, and no currency is added to another', () => {
  const history = new TaskHistory();
  for (const task of [{ tokens: 7 }, usd(3), usd(4), { costMicros: 90, currency: 'EUR' }]) history.add(HERE, task);
  expect(estimateOf(history, HERE)).toMatchObject({ n: 4, unknownCost: 1, p90: { costMicros: 4, currency: 'USD' } });
  expect(estimateOf(undefined, HERE)).toEqual({ n: 0, like: [], unknownCost: 0, median: {}, p90: {} });
});

test('nothing is told of tasks in repositories that one does not see', () => {
  expect(estimateOf(historyOf([HERE, 1]), HERE, () => false).n).toBe(0);
});

test('a task counts with all its attempts when it completes or is dead, by the runner that ran it, over a restart', () => {
  const bench = new Bench({ retryBaseSeconds: 0.5, retryCapSeconds: 0.5 });
  bench.join('a');
  const session = { runner: 'codex', id: 's' };
  const used = (task: string, costMicros: number) =>
    bench.take({
      type: 'task.progress',
      ...bench.by(task),
      report: bench.mark(),
      usage: { costMicros, currency: 'USD' },
      session,
    });
  const task = bench.submit({ repo: REPO, maxAttempts: 2, labels: { template: 'fix' } });
  for (const cost of [10, 20]) {
    bench.accept(task);
    used(task, cost);
    bench.fail(task);
    bench.pass(1_000);
  }
  const cancelled = bench.submit({ repo: REPO });
  bench.accept(cancelled);
  used(cancelled, 5);
  bench.take({ type: 'task.cancel', ...bench.operator(cancelled), reason: 'r' });
  const { history } = fromSnapshot(bench.state).ledger.org('default');
  expect([...history.kinds()]).toEqual([
    { kind: [REPO.url, 'codex', 'fix', ''], tasks: [{ costMicros: 30, currency: 'USD' }] },
  ]);
});

test('the history is bounded by kinds and by tasks of each', () => {
  const history = new TaskHistory();
  for (let i = 0; i < 300; i++) history.add([`r${i}`, '', '', ''], {});
  for (let i = 0; i < 80; i++) history.add(HERE, { tokens: i });
  const kinds = [...history.kinds()];
  expect(kinds).toHaveLength(200);
  expect(kinds.at(-1)?.tasks).toHaveLength(50);
  expect(kinds.at(-1)?.tasks.at(-1)).toEqual({ tokens: 79 });
});
