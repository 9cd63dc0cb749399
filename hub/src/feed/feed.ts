// Durable changes, in order, to whoever subscribes: as they were when they were decided, so that nobody interprets a fact by a state that
// has moved on. A ring keeps the newest, so that a subscriber may be slow or come back; one that falls out of it is told to read the
// state anew. Publishing costs the same whatever subscribers do: each takes its turn afterwards.

import type { Change } from '../core/change.js';

/** Changes kept for subscribers that are behind. */
const KEPT_CHANGES = 8_192;

export interface FeedBatch {
  readonly seq: number;
  readonly changes: readonly Change[];
  /** Between the append and its acknowledgement, ms; 0 for a batch of another hub. */
  readonly commitMs: number;
}

export interface Subscriber {
  /** One batch, cut to the organisation that was asked for; never empty then. The next comes when the promise has resolved. */
  changes(batch: FeedBatch): void | Promise<void>;
  /** Changes up to `seq` are not told: read the state, which is there at least. */
  resync(seq: number): void | Promise<void>;
}

export interface FeedOptions {
  /** Runs something after what is under way now. */
  readonly soon: (run: () => void) => void;
  /** A subscriber threw; it is dropped. */
  readonly onFailed: (error: unknown) => void;
}

interface Subscription {
  readonly org: string | undefined;
  readonly subscriber: Subscriber;
  /** The newest batch it was told of. */
  seq: number;
  isBusy: boolean;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #subscriptions = new Set<Subscription>();
  #ring: FeedBatch[] = [];
  #kept = 0;
  /** What the ring no longer has, or never had, ends here. */
  #lostThrough = 0;
  #seq = 0;
  #isDue = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** The newest batch that was published. */
  get seq(): number {
    return this.#seq;
  }

  /** What the ring has of what happened after batch `after`: `isWhole` when that is all of it. */
  after(after: number): { readonly isWhole: boolean; readonly batches: readonly FeedBatch[] } {
    const isWhole = after >= this.#lostThrough && after <= this.#seq;
    return { isWhole, batches: this.#ring.slice(isWhole ? this.#indexAfter(after) : 0) };
  }

  /** After batch `seq` has become durable or, on a follower, was applied. Batches come in order. */
  publish(changes: readonly Change[], seq: number, commitMs: number): void {
    this.#seq = seq;
    this.#ring.push({ seq, changes, commitMs });
    this.#kept += weightOf(changes);
    if (this.#kept > 2 * KEPT_CHANGES) this.#trim();
    this.#wake();
  }

  /** The state was read anew up to `seq`, and what happened in between is not known one by one. */
  reset(seq: number): void {
    this.#ring = [];
    this.#kept = 0;
    this.#seq = seq;
    this.#lostThrough = seq;
    for (const subscription of this.#subscriptions) subscription.seq = -1;
    this.#wake();
  }

  /**
   * Tells `subscriber` what happens from now on, or after batch `after`; with `org` only what concerns that organisation. Starts with a
   * `resync` when `after` is no longer kept. Returns what ends it.
   */
  subscribe({ org, after }: { readonly org?: string; readonly after?: number }, subscriber: Subscriber): () => void {
    const seq = after === undefined ? this.#seq : after >= this.#lostThrough && after <= this.#seq ? after : -1;
    const subscription: Subscription = { org, subscriber, seq, isBusy: false };
    this.#subscriptions.add(subscription);
    if (seq !== this.#seq) this.#wake();
    return () => void this.#subscriptions.delete(subscription);
  }

  #wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.soon(() => {
      this.#isDue = false;
      for (const subscription of this.#subscriptions) if (!subscription.isBusy) this.#serve(subscription);
    });
  }

  /** Goes on until the subscriber has heard everything or is busy. */
  #serve(subscription: Subscription): void {
    try {
      while (subscription.seq !== this.#seq && this.#subscriptions.has(subscription)) {
        const busy = this.#tellNext(subscription);
        if (busy === undefined) continue;
        subscription.isBusy = true;
        busy.then(
          () => {
            subscription.isBusy = false;
            this.#serve(subscription);
          },
          (error: unknown) => this.#drop(subscription, error),
        );
        return;
      }
    } catch (error) {
      this.#drop(subscription, error);
    }
  }

  #tellNext(subscription: Subscription): Promise<void> | undefined {
    const { org, subscriber } = subscription;
    if (subscription.seq < this.#lostThrough) {
      subscription.seq = this.#seq;
      return subscriber.resync(this.#seq) as Promise<void> | undefined;
    }
    const batch = this.#ring[this.#indexAfter(subscription.seq)];
    if (batch === undefined) {
      subscription.seq = this.#seq;
      return undefined;
    }
    subscription.seq = batch.seq;
    if (org === undefined) return subscriber.changes(batch) as Promise<void> | undefined;
    const changes = batch.changes.filter((change) => change.org === org);
    return changes.length === 0 ? undefined : (subscriber.changes({ ...batch, changes }) as Promise<void> | undefined);
  }

  /** Sequences are consecutive, so a batch's place follows from its number. */
  #indexAfter(seq: number): number {
    const first = this.#ring[0];
    return first === undefined ? 0 : Math.max(0, seq + 1 - first.seq);
  }

  #drop(subscription: Subscription, error: unknown): void {
    this.#subscriptions.delete(subscription);
    this.#options.onFailed(error);
  }

  #trim(): void {
    let from = 0;
    while (this.#kept > KEPT_CHANGES && from < this.#ring.length - 1) {
      this.#kept -= weightOf(this.#ring[from]?.changes ?? []);
      from++;
    }
    this.#lostThrough = this.#ring[from - 1]?.seq ?? this.#lostThrough;
    this.#ring = this.#ring.slice(from);
  }
}

/** A leader with nothing to say appends an empty batch all the same, and that takes room, too. */
function weightOf(changes: readonly Change[]): number {
  return Math.max(1, changes.length);
}
