// Rate limiting by tokens that refill with elapsed time. A refused request takes nothing, so one that keeps knocking is served as soon
// as its share has refilled.

export interface BucketSize {
  readonly perSecond: number;
  readonly burst: number;
}

/** Warns once no more than this part of the burst is left. */
const WARN_LEFT = 0.2;

export type Taken =
  | { readonly ok: true; readonly warn: boolean }
  | { readonly ok: false; readonly retryAfterMs: number };

export class TokenBucket {
  readonly #size: BucketSize;
  #tokens: number;
  #refilledAt: number;
  #warned = false;

  constructor(size: BucketSize, now: number) {
    this.#size = size;
    this.#tokens = size.burst;
    this.#refilledAt = now;
  }

  /** Takes one token at `now` (ms). `warn` is true once each time the bucket runs low. */
  take(now: number): Taken {
    const { perSecond, burst } = this.#size;
    const elapsed = Math.max(0, now - this.#refilledAt);
    this.#tokens = Math.min(burst, this.#tokens + (elapsed * perSecond) / 1000);
    this.#refilledAt = Math.max(now, this.#refilledAt);
    if (this.#tokens < 1) return { ok: false, retryAfterMs: Math.ceil(((1 - this.#tokens) * 1000) / perSecond) };
    this.#tokens--;
    const low = this.#tokens <= burst * WARN_LEFT;
    const warn = low && !this.#warned;
    this.#warned = low;
    return { ok: true, warn };
  }
}
