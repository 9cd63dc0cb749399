// Percentiles of what took how long over the last few minutes.

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** How long a sample counts at least, ms; at most twice as long. */
export const WINDOW_MS = 60_000;
const MICROSECONDS = 1_000;
/** A day, in microseconds, to two digits: 29 KiB for each histogram. */
const SHAPE = { lowest: 1, highest: 86_400_000_000, figures: 2 } as const;

export class Latencies {
  #current: RecordableHistogram | undefined;
  #before: RecordableHistogram | undefined;
  #since = 0;

  /** `now` never goes back, ms. */
  add(ms: number, now: number): void {
    this.#turn(now);
    this.#current ??= createHistogram(SHAPE);
    this.#current.record(Math.min(SHAPE.highest, Math.max(SHAPE.lowest, Math.round(ms * MICROSECONDS))));
  }

  /** In ms; empty without samples. */
  percentiles(now: number): { p50?: number; p95?: number; p99?: number } {
    this.#turn(now);
    const all = createHistogram(SHAPE);
    for (const part of [this.#before, this.#current]) if (part !== undefined) all.add(part);
    if (all.count === 0) return {};
    const at = (percent: number): number => all.percentile(percent) / MICROSECONDS;
    return { p50: at(50), p95: at(95), p99: at(99) };
  }

  #turn(now: number): void {
    const age = now - this.#since;
    if (age < WINDOW_MS) return;
    this.#before = age < 2 * WINDOW_MS ? this.#current : undefined;
    this.#current = undefined;
    this.#since = now;
  }
}
