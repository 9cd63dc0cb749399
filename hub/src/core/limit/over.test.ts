// Whether what is left of spend limits is enough for a task that is submitted.

import { expect, test } from 'vitest';
import { REPO } from '../fixture.js';
import { LimitBench, OURS, UNIT } from './fixture.js';
import { overLimits } from './over.js';

const over = (bench: LimitBench, task: string) => overLimits(bench.state, bench.task(task), () => true);

/** Five tasks have used 2.00 USD and 300 tokens each. */
function withPast(): LimitBench {
  const bench = new LimitBench();
  for (let i = 0; i < 5; i++) {
    const task = bench.working('a', { repo: REPO });
    const usage = { costMicros: 2 * UNIT, currency: 'USD', inputTokens: 300 };
    bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), usage });
    bench.complete(task);
  }
  return bench;
}

test('a limit is named with what is left of it, when tasks like it use more', () => {
  const bench = withPast();
  bench.limit({ day: { costMicros: 11.5 * UNIT }, total: { costMicros: 2 * UNIT } }, OURS, 'USD');
  expect(over(bench, bench.submit({ repo: REPO }))).toEqual([
    {
      limit: 'org',
      window: 'day',
      currency: 'USD',
      expected: { costMicros: 2 * UNIT },
      left: { costMicros: 1.5 * UNIT },
    },
  ]);
});

test('what others reserve is not left, and what it reserves itself is', () => {
  const bench = withPast();
  bench.limit({ total: { tokens: 500 } });
  bench.join('b');
  const first = bench.submit({ repo: REPO });
  expect(bench.task(first).state).toBe('assigned');
  expect(over(bench, first)).toEqual([]);
  expect(over(bench, bench.submit({ repo: REPO }))).toMatchObject([
    { window: 'total', expected: { tokens: 300 }, left: { tokens: 200 } },
  ]);
});

test('nothing is said of limits in another currency, of other work, or of those who run the hub', () => {
  const bench = withPast();
  bench.limit({ day: { costMicros: 1 } }, OURS, 'EUR');
  bench.limit(1, { kind: 'label', value: 'team=roof' });
  bench.limit(1, { kind: 'agent', value: 'a' });
  bench.limit(1, { kind: 'fleet' });
  const { org } = bench.task(bench.submit());
  const task = bench.submit({ repo: REPO });
  const seen = over(bench, task).map(({ limit }) => limit);
  // Our own organisation runs the hub here.
  expect([org, seen]).toEqual([org, ['fleet']]);
});

test('nothing is said where nobody knows what tasks like it use', () => {
  const bench = new LimitBench();
  bench.limit(1);
  expect(over(bench, bench.submit())).toEqual([]);
});
