// Rate limits by named rules: token buckets that refill with elapsed time. A refusal takes nothing, so whoever keeps knocking is served as
// soon as its share has refilled. What must not be refused is owed instead: it is taken beyond what is left, and its sender is read again
// once that is paid back.

import type { Config } from '@agentcom/schemas';
import { LRUCache } from 'lru-cache';
import { Refusal } from '../core/refusal.js';

export type LimitSizes = Config['limits'];
export type Rule = Exclude<keyof LimitSizes, 'organisationShare'>;

/** Who is held to a limit: a key or an agent of an organisation, which is held to its own share of it, or just an address. */
export interface Holder {
  readonly id: string;
  readonly org?: string;
  /** How many times the limit a key has that was given more. */
  readonly times?: number;
}

/** Told of each request or frame that is refused, or after which its sender is not read for a while. */
export type OnThrottled = (rule: Rule, holder: Holder, effect: 'refused' | 'slowed') => void;

/** What a bucket holds. */
export interface Level {
  readonly left: number;
  readonly burst: number;
  readonly perMinute: number;
}

/** `warn` is true once each time a bucket runs low; `retryAfterMs` is then when it no longer is, and 0 when all is well. */
export interface Taken {
  readonly ok: boolean;
  readonly warn: boolean;
  readonly retryAfterMs: number;
  readonly level: Level;
}

/** `waitMs` until it is paid back; 0 when nothing is owed. */
export interface Owed {
  readonly warn: boolean;
  readonly waitMs: number;
}

/** Warns once no more than this part of the burst is left. */
const WARN_LEFT = 0.2;
/** Buckets of one rule; those that were not used for longest are forgotten, which fills them. */
const BUCKETS = 16_384;

/** Of each key or agent alone: nobody is kept out for what others of its organisation do. */
const OWN_RULES: ReadonlySet<Rule> = new Set<Rule>(['violations', 'connects']);

const NOTHING_OWED: Owed = { warn: false, waitMs: 0 };

/** For so long an account is not looked up again, ms: that is also how late a bucket is known to be in use. */
const FOUND_MS = 1_000;

/** What one holder owes. */
export interface Account {
  owe(rule: Rule, now: number, cost?: number): Owed;
}

/** Of a holder and of its organisation. */
interface Pair {
  readonly own: Bucket;
  readonly shared: Bucket | undefined;
}

type Buckets = Map<Rule, LRUCache<string, Bucket>>;

interface Bucket {
  tokens: number;
  refilledAt: number;
  isLow: boolean;
  burst: number;
  perMinute: number;
}

export class Limits {
  readonly #sizes: () => LimitSizes;
  readonly #onThrottled: OnThrottled;
  readonly #own: Buckets = new Map();
  readonly #shared: Buckets = new Map();

  /** `sizes` is asked each time, so a change takes effect at once. */
  constructor(sizes: () => LimitSizes, onThrottled: OnThrottled = () => undefined) {
    this.#sizes = sizes;
    this.#onThrottled = onThrottled;
  }

  /** Takes `cost` tokens of the holder and of its organisation at `now`, ms, or none when either has too few. More than a burst costs one. */
  take(rule: Rule, holder: Holder, now: number, cost = 1): Taken {
    const { own, shared } = this.#refilled(rule, holder, this.#find(rule, holder, now), now);
    const waitMs = Math.max(untilMs(own, cost), shared === undefined ? 0 : untilMs(shared, cost));
    if (waitMs > 0) {
      if (rule !== 'violations') this.#onThrottled(rule, holder, 'refused');
      return { ok: false, warn: false, retryAfterMs: waitMs, level: levelOf(own) };
    }
    if (shared !== undefined) shared.tokens -= Math.min(cost, shared.burst);
    own.tokens -= Math.min(cost, own.burst);
    const warn = isNewlyLow(own);
    return { ok: true, warn, retryAfterMs: warn ? untilMs(own, own.burst * WARN_LEFT + 1) : 0, level: levelOf(own) };
  }

  /** Takes `cost` tokens whatever is left. */
  owe(rule: Rule, holder: Holder, now: number, cost = 1): Owed {
    return this.#owe(rule, holder, this.#find(rule, holder, now), now, cost);
  }

  #owe(rule: Rule, holder: Holder, pair: Pair, now: number, cost: number): Owed {
    const { own, shared } = this.#refilled(rule, holder, pair, now);
    spend(own, cost);
    if (shared !== undefined) spend(shared, cost);
    const warn = isNewlyLow(own);
    const waitMs = Math.max(untilMs(own, 0), shared === undefined ? 0 : untilMs(shared, 0));
    if (waitMs > 0 && rule !== 'violations') this.#onThrottled(rule, holder, 'slowed');
    return waitMs === 0 && !warn ? NOTHING_OWED : { warn, waitMs };
  }

  /** As `owe`, for whoever owes many times a second: its buckets are looked up once in a while. */
  accountOf(holder: Holder): Account {
    const found = new Map<Rule, Pair & { readonly at: number }>();
    return {
      owe: (rule, now, cost = 1) => {
        let pair = found.get(rule);
        if (pair === undefined || now - pair.at >= FOUND_MS) {
          pair = { at: now, ...this.#find(rule, holder, now) };
          found.set(rule, pair);
        }
        return this.#owe(rule, holder, pair, now, cost);
      },
    };
  }

  /** As `take`; undefined when it is ok. */
  refuse(rule: Rule, holder: Holder, now: number): Refusal | undefined {
    const taken = this.take(rule, holder, now);
    return taken.ok ? undefined : tooMany(rule, taken.retryAfterMs);
  }

  #find(rule: Rule, { id, org }: Holder, now: number): Pair {
    const own = bucketOf(bucketsOf(this.#own, rule), id, now);
    if (org === undefined || OWN_RULES.has(rule)) return { own, shared: undefined };
    return { own, shared: bucketOf(bucketsOf(this.#shared, rule), org, now) };
  }

  #refilled(rule: Rule, { times = 1 }: Holder, pair: Pair, now: number): Pair {
    const sizes = this.#sizes();
    const size = sizes[rule];
    refill(pair.own, now, size, times);
    if (pair.shared !== undefined) refill(pair.shared, now, size, sizes.organisationShare);
    return pair;
  }
}

/** Names a holder among those of all organisations. */
export function holderKey({ id, org }: Holder): string {
  return org === undefined ? id : `${org} ${id}`;
}

/** A new one is full, however much that is. */
function bucketOf(buckets: LRUCache<string, Bucket>, key: string, now: number): Bucket {
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    bucket = { tokens: Number.POSITIVE_INFINITY, refilledAt: now, isLow: false, burst: 0, perMinute: 0 };
    buckets.set(key, bucket);
  }
  return bucket;
}

/** To `now`; it holds so many times the size. */
function refill(bucket: Bucket, now: number, size: LimitSizes[Rule], times: number): void {
  const burst = size.burst * times;
  const perMinute = size.perMinute * times;
  const elapsedMs = Math.max(0, now - bucket.refilledAt);
  bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perMinute) / 60_000);
  bucket.refilledAt = Math.max(now, bucket.refilledAt);
  bucket.burst = burst;
  bucket.perMinute = perMinute;
}

function bucketsOf(all: Buckets, rule: Rule): LRUCache<string, Bucket> {
  let buckets = all.get(rule);
  if (buckets === undefined) {
    // Bounded by size and not by `max`, for which the cache would take all of its room at once.
    buckets = new LRUCache({ maxSize: BUCKETS, sizeCalculation: () => 1 });
    all.set(rule, buckets);
  }
  return buckets;
}

const WHAT: Readonly<Record<Rule, string>> = {
  messages: 'messages',
  submissions: 'submissions and changes of tasks',
  channels: 'requests about channels',
  reports: 'reports',
  reads: 'reads',
  admin: 'administrative changes',
  frames: 'frames',
  readKib: 'bytes',
  connects: 'connections',
  enrolments: 'enrolments',
  downloads: 'downloads',
  anonymous: 'requests without a valid key',
  violations: 'refused requests',
};

export function tooMany(rule: Rule, retryAfterMs: number): Refusal {
  const seconds = (Math.ceil(retryAfterMs / 100) / 10).toFixed(1);
  return new Refusal('rate.limited', `too many ${WHAT[rule]}; retry in ${seconds} s`, [], retryAfterMs);
}

/** Nobody comes to owe more than a burst, so every debt is paid back in the time that a burst takes. */
function spend(bucket: Bucket, cost: number): void {
  bucket.tokens = Math.max(bucket.tokens - cost, -bucket.burst);
}

/** Until the bucket has so many tokens, ms. */
function untilMs({ tokens, burst, perMinute }: Bucket, wanted: number): number {
  const lacking = Math.min(wanted, burst) - tokens;
  return lacking <= 0 ? 0 : Math.ceil((lacking * 60_000) / perMinute);
}

/** Whether it ran low just now. */
function isNewlyLow(bucket: Bucket): boolean {
  const wasLow = bucket.isLow;
  bucket.isLow = bucket.tokens <= bucket.burst * WARN_LEFT;
  return bucket.isLow && !wasLow;
}

function levelOf({ tokens, burst, perMinute }: Bucket): Level {
  return { left: Math.max(0, Math.floor(tokens)), burst, perMinute };
}
