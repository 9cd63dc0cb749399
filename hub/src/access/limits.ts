// Rate limits by named rules: token buckets that refill with elapsed time. A refusal takes nothing, so whoever keeps knocking is served as
// soon as its share has refilled.

import type { Config } from '@agentcom/schemas';
import { LRUCache } from 'lru-cache';
import { Refusal } from '../core/decision.js';

export type LimitSizes = Config['limits'];
export type Rule = keyof LimitSizes;

/** `warn` is true once each time a bucket runs low. `retryAfterMs` is 0 when it is ok. */
export interface Taken {
  readonly ok: boolean;
  readonly warn: boolean;
  readonly retryAfterMs: number;
}

/** Warns once no more than this part of the burst is left. */
const WARN_LEFT = 0.2;
/** Buckets of one rule; those that were not used for longest are forgotten, which fills them. */
const BUCKETS = 16_384;

const OK: Taken = { ok: true, warn: false, retryAfterMs: 0 };
const OK_AND_LOW: Taken = { ok: true, warn: true, retryAfterMs: 0 };

interface Bucket {
  tokens: number;
  refilledAt: number;
  isLow: boolean;
}

export class Limits {
  readonly #sizes: () => LimitSizes;
  readonly #buckets: Readonly<Record<Rule, LRUCache<string, Bucket>>>;

  /** `sizes` is asked each time, so a change takes effect at once. */
  constructor(sizes: () => LimitSizes) {
    this.#sizes = sizes;
    // Bounded by size and not by `max`, for which the cache would take all of its room at once.
    const bucketsOf = (): LRUCache<string, Bucket> => new LRUCache({ maxSize: BUCKETS, sizeCalculation: () => 1 });
    this.#buckets = { frames: bucketsOf(), messages: bucketsOf(), enrolments: bucketsOf(), downloads: bucketsOf() };
  }

  /** Takes one token from the bucket of `key` at `now`, ms. */
  take(rule: Rule, key: string, now: number): Taken {
    const { perMinute, burst } = this.#sizes()[rule];
    const perMs = perMinute / 60_000;
    const bucket = this.#bucketOf(rule, key, now, burst);
    const elapsedMs = Math.max(0, now - bucket.refilledAt);
    bucket.tokens = Math.min(burst, bucket.tokens + elapsedMs * perMs);
    bucket.refilledAt = Math.max(now, bucket.refilledAt);
    if (bucket.tokens < 1) {
      return { ok: false, warn: false, retryAfterMs: Math.ceil((1 - bucket.tokens) / perMs) };
    }
    bucket.tokens--;
    const wasLow = bucket.isLow;
    bucket.isLow = bucket.tokens <= burst * WARN_LEFT;
    return bucket.isLow && !wasLow ? OK_AND_LOW : OK;
  }

  /** As `take`; undefined when it is ok. */
  refuse(rule: Rule, key: string, now: number): Refusal | undefined {
    const taken = this.take(rule, key, now);
    return taken.ok ? undefined : new Refusal('rate.limited', `too many ${rule}`, [], taken.retryAfterMs);
  }

  #bucketOf(rule: Rule, key: string, now: number, burst: number): Bucket {
    const buckets = this.#buckets[rule];
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: burst, refilledAt: now, isLow: false };
      buckets.set(key, bucket);
    }
    return bucket;
  }
}
