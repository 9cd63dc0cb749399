// When the next thing falls due. Deadlines are kept in buckets of a quarter second, so setting and clearing one costs
// the same whether ten or a hundred thousand are pending, and a bucket is due only once it has wholly passed.

const BUCKET_MS = 250;

export class Deadlines {
  readonly #buckets = new Map<number, Set<string>>();
  /** Bucket numbers, a binary min-heap; each present once. */
  readonly #order: number[] = [];

  set(key: string, at: number): void {
    const bucket = bucketOf(at);
    const keys = this.#buckets.get(bucket);
    if (keys !== undefined) {
      keys.add(key);
      return;
    }
    this.#buckets.set(bucket, new Set([key]));
    this.#push(bucket);
  }

  /** Forgets `key` at the time it was set for; a pair that is not there is no error. */
  clear(key: string, at: number): void {
    this.#buckets.get(bucketOf(at))?.delete(key);
  }

  /** The earliest time at which `due` would return something, in ms; Infinity when nothing is pending. */
  nextAt(): number {
    this.#dropEmpty();
    const first = this.#order[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first * BUCKET_MS;
  }

  /** Up to `limit` keys whose time has passed, in the order they were set within their bucket. They stay until cleared. */
  due(now: number, limit: number): string[] {
    this.#dropEmpty();
    const first = this.#order[0];
    if (first === undefined || first * BUCKET_MS > now) return [];
    const keys: string[] = [];
    for (const key of this.#buckets.get(first) ?? []) {
      keys.push(key);
      if (keys.length === limit) break;
    }
    return keys;
  }

  /** Removes `key` from the bucket that is due first. */
  take(key: string): void {
    const first = this.#order[0];
    if (first !== undefined) this.#buckets.get(first)?.delete(key);
  }

  #dropEmpty(): void {
    for (let first = this.#order[0]; first !== undefined; first = this.#order[0]) {
      if ((this.#buckets.get(first)?.size ?? 0) > 0) return;
      this.#buckets.delete(first);
      this.#pop();
    }
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

/** Rounded up, so that nothing in a bucket is taken before its time. */
function bucketOf(at: number): number {
  return Math.ceil(at / BUCKET_MS);
}
