import { expect, test } from 'vitest';
import { Pace } from './pace.js';

const size = { bytesPerSecond: 1_000, burstBytes: 5_000 };

test('a burst goes at once, and what is above it waits as long as it takes to earn', () => {
  const pace = new Pace(size, 0);
  pace.take(5_500);
  expect(pace.waitMs(0)).toBe(501);
  expect(pace.waitMs(500)).toBe(1);
  expect(pace.waitMs(501)).toBe(0);
});

test('what was not used is kept up to the burst only', () => {
  const pace = new Pace(size, 0);
  expect(pace.waitMs(60_000)).toBe(0);
  pace.take(5_000);
  expect(pace.waitMs(60_000)).toBeGreaterThan(0);
});

test('over a long time no more than the rate gets through', () => {
  const pace = new Pace(size, 0);
  let taken = 0;
  for (let now = 0; now <= 60_000; now += 10) {
    if (pace.waitMs(now) > 0) continue;
    pace.take(700);
    taken += 700;
  }
  expect(taken).toBeLessThanOrEqual(60_000 + 5_000 + 700);
  expect(taken).toBeGreaterThan(60_000);
});
