import { expect, it } from 'vitest';
import { MinuteTally } from './minute-tally.js';

const MINUTE = 60_000;

it('says how often, and in how many of the last minutes', () => {
  const tally = new MinuteTally();
  for (const at of [0, 1, MINUTE, 5 * MINUTE, 5 * MINUTE + 1, 6 * MINUTE]) tally.note('a', at);
  tally.note('b', 0);
  expect([...tally.within(5, 6 * MINUTE)]).toEqual([{ who: 'a', times: 3, minutes: 2 }]);
  expect([...tally.within(15, 6 * MINUTE)]).toEqual([
    { who: 'a', times: 6, minutes: 4 },
    { who: 'b', times: 1, minutes: 1 },
  ]);
});

it('is bounded, and forgets those that did nothing for longest', () => {
  const tally = new MinuteTally();
  for (let i = 0; i < 5_000; i++) tally.note(`who-${i}`, i);
  for (let i = 0; i < 100; i++) tally.note('who-4999', i * MINUTE);
  const all = [...tally.within(1_000, 99 * MINUTE)];
  expect(all).toHaveLength(4_096);
  expect(all.at(-1)).toEqual({ who: 'who-4999', times: 16, minutes: 16 });
  expect(all[0]?.who).toBe('who-904');
});
