// What rules do at their bounds, so that one organisation's queue cannot hold up the evaluation.

import { expect, test } from 'vitest';
import { TestHub } from './fixture.js';

test('of a queue with very many different wants so many are looked at, the first of them', () => {
  const hub = new TestHub();
  for (const name of ['a', 'b', 'c']) hub.bench.join(name, [`own-${name}`]);
  for (let i = 0; i < 1_000; i++) hub.submit({ needs: [`want-${i}`] });
  const found = hub.found('NoCapableAgent');
  expect(found?.why).toMatch(/^At least 500 tasks can go .* Wanted: want-0, want-1, want-2 and 497 more\.$/);
  expect(found?.count).toBe(500);
  expect(found?.subjects[0]?.id).toBe(hub.tasks[0]);
});
