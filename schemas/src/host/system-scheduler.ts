// The scheduler of a real process.

import { uptime } from 'node:os';
import type { Scheduler } from '../scheduler.js';

/** A timer of Node that shall wait longer fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemScheduler: Scheduler = {
  now: () => performance.now(),
  random: () => Math.random(),
  after: (ms, run) => {
    if (ms <= 0) {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    }
    const dueAt = performance.now() + ms;
    let timer: NodeJS.Timeout;
    const arm = () => {
      const leftMs = dueAt - performance.now();
      timer = leftMs > TIMER_MS_MAX ? setTimeout(arm, TIMER_MS_MAX) : setTimeout(run, leftMs);
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** What differs by less is how the two clocks are read. */
const SLEPT_MS_MIN = 1_000;

/** As `systemScheduler`, but the time that the machine sleeps counts as well: the clock of timers stands still then. */
export function sleepAwareScheduler(
  awakeMs: () => number = () => performance.now(),
  sinceBootMs: () => number = () => uptime() * 1000,
): Scheduler {
  const begin = sinceBootMs() - awakeMs();
  let sleptMs = 0;
  const now = () => {
    const awake = awakeMs();
    const slept = sinceBootMs() - awake - begin;
    if (slept - sleptMs >= SLEPT_MS_MIN) sleptMs = slept;
    return awake + sleptMs;
  };
  return { ...systemScheduler, now };
}
