// How late the event loop gets to what is due.

import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

type Delays = Pick<IntervalHistogram, 'count' | 'percentile' | 'reset'>;

export class EventLoopSensor {
  readonly #delays: Delays;

  constructor(delays: Delays) {
    this.#delays = delays;
  }

  /** Measures until the process ends or what it returns is disabled. */
  static start(): { readonly sensor: EventLoopSensor; readonly stop: () => void } {
    const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.enable();
    return { sensor: new EventLoopSensor(histogram), stop: () => histogram.disable() };
  }

  /** How late the latest hundredth was since it was last asked, ms; undefined when nothing was measured. */
  p99Ms(): number | undefined {
    if (this.#delays.count === 0) return undefined;
    const ms = this.#delays.percentile(99) / NS_PER_MS - RESOLUTION_MS;
    this.#delays.reset();
    return Math.max(0, ms);
  }
}
