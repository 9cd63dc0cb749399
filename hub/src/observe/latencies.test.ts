import { expect, it } from 'vitest';
import { Latencies, WINDOW_MS } from './latencies.js';

it('tells the percentiles of what was added, to a percent', () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 100; ms++) latencies.add(ms, 1_000);
  const { p50 = 0, p95 = 0, p99 = 0 } = latencies.percentiles(1_000);
  for (const [found, ms] of [
    [p50, 50],
    [p95, 95],
    [p99, 99],
  ] as const) {
    expect(Math.abs(found - ms) / ms).toBeLessThan(0.01);
  }
});

it('says nothing without samples, and takes any', () => {
  const latencies = new Latencies();
  expect(latencies.percentiles(0)).toEqual({});
  for (const ms of [0, 0.0001, 10 * 86_400_000]) latencies.add(ms, 0);
  expect(latencies.percentiles(0).p50).toBeGreaterThan(0);
});

it('forgets what is older than two windows', () => {
  const latencies = new Latencies();
  const begun = 10 * WINDOW_MS;
  latencies.add(500, begun);
  latencies.add(1, begun + WINDOW_MS);
  expect(latencies.percentiles(begun + WINDOW_MS).p99).toBeGreaterThan(490);
  expect(latencies.percentiles(begun + 2 * WINDOW_MS).p99).toBeLessThan(2);
  expect(latencies.percentiles(begun + 5 * WINDOW_MS)).toEqual({});
});
