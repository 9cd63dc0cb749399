// The scheduler of a real process.

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
