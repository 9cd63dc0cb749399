import { createHistogram } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { EventLoopSensor } from './event-loop.js';

const MS = 1_000_000;

it('says how late the event loop was since it was last asked, without what a turn takes anyway', () => {
  const delays = createHistogram();
  const sensor = new EventLoopSensor(delays);
  expect(sensor.p99Ms()).toBeUndefined();
  for (let i = 0; i < 50; i++) delays.record(10 * MS);
  for (let i = 0; i < 2; i++) delays.record(310 * MS);
  expect(sensor.p99Ms()).toBeCloseTo(300, 0);
  expect(sensor.p99Ms()).toBeUndefined();
  delays.record(9 * MS);
  expect(sensor.p99Ms()).toBe(0);
});

it('measures while it runs', () => {
  const { sensor, stop } = EventLoopSensor.start();
  stop();
  expect(sensor.p99Ms()).toBeUndefined();
});
