import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemScheduler } from './system-scheduler.js';

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
