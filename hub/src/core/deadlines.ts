// When the next thing falls due. Deadlines are kept in buckets of a quarter second, so setting and clearing one costs
// the same whether ten or a hundred thousand are pending, and a bucket is due only once it has wholly passed.

const BUCKET_MS = 250;

/** What can fall due; `id` is that of a task, an agent, a key, a session, an alert, a silence, a halt or a spend limit, or the hash of an enrolment or a one-time token. */
export type Deadline =
  /** The present state of a task ends. */
  | { readonly kind: 'task'; readonly id: string }
  /** An agent is no longer passed over for a task. */
  | { readonly kind: 'offer'; readonly id: string }
  /** What became of a task's parents decides about it. */
  | { readonly kind: 'dependencies'; readonly id: string }
  /** A lost link or an unconfirmed stop is given up. */
  | { readonly kind: 'agent'; readonly id: string }
  /** A usage limit of an agent ends. */
  | { readonly kind: 'limit'; readonly id: string }
  /** A used or expired enrolment is forgotten. */
  | { readonly kind: 'enrolment'; readonly id: string }
  /** A key that has ended is forgotten. */
  | { readonly kind: 'key'; readonly id: string }
  /** A one-time token expires. */
  | { readonly kind: 'token'; readonly id: string }
  /** A session has not been used for too long, or has lasted long enough. */
  | { readonly kind: 'session'; readonly id: string }
  /** People are told of an alert. */
  | { readonly kind: 'alert'; readonly id: string }
  /** A silence ends. */
  | { readonly kind: 'silence'; readonly id: string }
  /** There is more for a halt to stop, or it ends. */
  | { readonly kind: 'halt'; readonly id: string }
  /** A period of a spend limit ends, or there is more for it to stop or to let go on. */
  | { readonly kind: 'spend'; readonly id: string }
  /** The queue of an organisation is sorted on, after a hold came or went; `id` is its. */
  | { readonly kind: 'holds'; readonly id: string }
  /** Matching that was postponed is made up for; there is one, with no id. */
  | { readonly kind: 'matching'; readonly id: string };

export type DeadlineKind = Deadline['kind'];

/** A set of ids for each kind: setting a deadline makes no object and no text. */
type Bucket = { [K in DeadlineKind]?: Set<string> };

export class Deadlines {
  readonly #buckets = new Map<number, Bucket>();
  /** Bucket numbers, a binary min-heap; each present once. */
  readonly #order: number[] = [];

  set(kind: DeadlineKind, id: string, at: number): void {
    const number = bucketOf(at);
    let bucket = this.#buckets.get(number);
    if (bucket === undefined) {
      bucket = {};
      this.#buckets.set(number, bucket);
      this.#push(number);
    }
    const ids = bucket[kind];
    if (ids === undefined) bucket[kind] = new Set([id]);
    else ids.add(id);
  }

  /** Forgets what was set for `at`; what is not there is left alone. */
  clear(kind: DeadlineKind, id: string, at: number): void {
    this.#buckets.get(bucketOf(at))?.[kind]?.delete(id);
  }

  /** The earliest time at which `take` would return something, in ms; Infinity when nothing is pending. */
  nextAt(): number {
    for (let first = this.#order[0]; first !== undefined; first = this.#order[0]) {
      if (hasAny(this.#buckets.get(first))) return first * BUCKET_MS;
      this.#buckets.delete(first);
      this.#pop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Takes out up to `limit` deadlines of one bucket whose time has passed, each kind in the order they were set. */
  take(now: number, limit: number): Deadline[] {
    if (this.nextAt() > now) return [];
    const bucket = this.#buckets.get(this.#order[0] as number) ?? {};
    const taken: Deadline[] = [];
    for (const kind of KINDS) {
      for (const id of bucket[kind] ?? []) {
        if (taken.length === limit) return taken;
        taken.push({ kind, id });
        bucket[kind]?.delete(id);
      }
    }
    return taken;
  }

  #push(value: number): void {
    const heap = this.#order;
    let i = heap.length;
    heap.push(value);
    while (i > 0) {
      const parent = (i - 1) >>> 1;
      if ((heap[parent] as number) <= value) break;
      heap[i] = heap[parent] as number;
      i = parent;
    }
    heap[i] = value;
  }

  #pop(): void {
    const heap = this.#order;
    const value = heap.pop();
    if (value === undefined || heap.length === 0) return;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
      if ((heap[child] as number) >= value) break;
      heap[i] = heap[child] as number;
      i = child;
    }
    heap[i] = value;
  }
}

const KINDS: readonly DeadlineKind[] = [
  'task',
  'offer',
  'dependencies',
  'agent',
  'limit',
  'enrolment',
  'key',
  'token',
  'session',
  'alert',
  'silence',
  'halt',
  'spend',
  'holds',
  'matching',
];

function hasAny(bucket: Bucket | undefined): boolean {
  for (const kind of KINDS) if ((bucket?.[kind]?.size ?? 0) > 0) return true;
  return false;
}

/** Rounded up, so that nothing in a bucket is taken before its time. */
function bucketOf(at: number): number {
  return Math.ceil(at / BUCKET_MS);
}
