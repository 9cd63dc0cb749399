// How requests were answered in each minute of the last hour.

import type { RequestCounts } from '../core/alert/figures.js';

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 60;
/** Told to retry: the hub is busy, not ready or short of space. */
const RETRY_STATUS: ReadonlySet<number> = new Set([503, 507]);

interface Minute {
  readonly minute: number;
  all: number;
  failed: number;
  busy: number;
}

export class RequestWindows {
  /** Oldest first. */
  readonly #minutes: Minute[] = [];

  count(status: number, now: number): void {
    const minute = this.#at(Math.floor(now / MINUTE_MS));
    minute.all++;
    if (RETRY_STATUS.has(status)) minute.busy++;
    else if (status >= 500) minute.failed++;
  }

  /** Over the last so many minutes, the present one included. */
  over(minutes: number, now: number): RequestCounts {
    const from = Math.floor(now / MINUTE_MS) - minutes;
    const sum = { all: 0, failed: 0, busy: 0 };
    for (const { minute, all, failed, busy } of this.#minutes) {
      if (minute <= from) continue;
      sum.all += all;
      sum.failed += failed;
      sum.busy += busy;
    }
    return sum;
  }

  #at(minute: number): Minute {
    const newest = this.#minutes[this.#minutes.length - 1];
    if (newest !== undefined && newest.minute >= minute) return newest;
    const next = { minute, all: 0, failed: 0, busy: 0 };
    this.#minutes.push(next);
    if (this.#minutes.length > MINUTES_KEPT) this.#minutes.shift();
    return next;
  }
}
