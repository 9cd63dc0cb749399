// How fast the disk fills up, from what was free in the last hour.

const SAMPLE_EVERY_MS = 60_000;
const SAMPLES_KEPT = 61;
/** Less says too little: a backup or a compaction passes. */
const LEAST_MS = 15 * 60_000;

export class DiskTrend {
  /** Oldest first. */
  readonly #samples: { readonly at: number; readonly freeBytes: number }[] = [];

  /** Takes one sample a minute of those that it is given; `now` is elapsed time, ms. */
  note(freeBytes: number, now: number): void {
    const newest = this.#samples[this.#samples.length - 1];
    if (!Number.isFinite(freeBytes) || (newest !== undefined && now - newest.at < SAMPLE_EVERY_MS)) return;
    this.#samples.push({ at: now, freeBytes });
    if (this.#samples.length > SAMPLES_KEPT) this.#samples.shift();
  }

  /** How much less is free each second; undefined while that cannot be told. */
  get lostPerSecond(): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples[this.#samples.length - 1];
    if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return undefined;
    return ((first.freeBytes - last.freeBytes) * 1000) / (last.at - first.at);
  }
}
