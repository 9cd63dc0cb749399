import { expect, test } from 'vitest';
import type { Caller } from '../../access/authenticate.js';
import { View } from '../../access/view.js';
import { ORG } from '../../core/fixture.js';
import { LimitBench, UNIT } from '../../core/limit/fixture.js';
import { spendOf } from './spend.js';

const OPERATOR = { credential: 'c', by: 'ada', name: 'n', org: ORG, role: 'operator', rateMultiplier: 1 } as Caller;

function spent(bench: LimitBench) {
  return spendOf(new View(bench.state, OPERATOR, 'live.open'), bench.now);
}

test('currencies are never added up, and the limit of the organisation is beside them', () => {
  const bench = new LimitBench();
  expect(spent(bench)).toEqual({ today: [], month: [] });
  bench.paid(bench.working('a'), 2 * UNIT, 'EUR');
  bench.paid(bench.working('b'), 3 * UNIT, 'USD');
  bench.limit({ day: { costMicros: 9 * UNIT }, month: { tokens: 5 } }, undefined, 'EUR');
  const both = [
    { currency: 'EUR', costMicros: 2 * UNIT },
    { currency: 'USD', costMicros: 3 * UNIT },
  ];
  expect(spent(bench)).toEqual({ today: both, month: both, todayLimit: { currency: 'EUR', costMicros: 9 * UNIT } });
});

test('attempts whose cost nobody knows are counted beside what is known', () => {
  const bench = new LimitBench();
  bench.complete(bench.working('a'));
  expect(spent(bench)).toEqual({ today: [], month: [], todayUnknown: 1 });
  const task = bench.working('b');
  bench.paid(task, 2 * UNIT, 'EUR');
  bench.complete(task);
  expect(spent(bench)).toMatchObject({ today: [{ currency: 'EUR', costMicros: 2 * UNIT }], todayUnknown: 1 });
});
