import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sleepAwareScheduler, systemScheduler } from './system-scheduler.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('runs once, when it is due, unless it is cancelled before', () => {
  const run = vi.fn();
  systemScheduler.after(1_000, run);
  systemScheduler.after(1_000, () => expect.fail('cancelled'))();
  vi.advanceTimersByTime(999);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(run).toHaveBeenCalledOnce();
});

it('waits for longer than a timer can', () => {
  const run = vi.fn();
  const days = 24 * 3_600_000;
  systemScheduler.after(60 * days, run);
  vi.advanceTimersByTime(59 * days);
  expect(run).not.toHaveBeenCalled();
  vi.advanceTimersByTime(days);
  expect(run).toHaveBeenCalledOnce();
});

it('counts the time that the machine slept, and no jitter between the clocks', () => {
  let awake = 5_000;
  let slept = 1_000_000;
  const { now } = sleepAwareScheduler(
    () => awake,
    () => awake + slept,
  );
  expect(now()).toBe(5_000);
  slept += 20;
  awake += 100;
  expect(now()).toBe(5_100);
  slept += 3_600_000;
  expect(now()).toBe(5_100 + 3_600_020);
  slept -= 20;
  awake += 1;
  expect(now()).toBe(5_101 + 3_600_020);
});
