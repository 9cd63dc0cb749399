import { expect, it } from 'vitest';
import { backoffMs, jitteredBackoffMs } from './backoff.js';

const backoff = { baseMs: 500, capMs: 10_000 };

it('doubles from its base up to its cap, however often something failed', () => {
  expect([1, 2, 3, 5, 6, 10_000].map((failures) => backoffMs(backoff, failures))).toEqual([
    500, 1_000, 2_000, 8_000, 10_000, 10_000,
  ]);
});

it('with jitter, is spread over all of the wait', () => {
  expect([0, 0.5, 0.9999].map((random) => jitteredBackoffMs(backoff, 2, random))).toEqual([0, 500, 999.9]);
});
