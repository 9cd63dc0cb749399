// A list that is always in order, in chunks: adding the highest item is a push, any other place is found by bisection, and what moves for
// it is one chunk. Ten bytes an item, so that many lists can name the same tasks.

const CHUNK_MAX = 256;

export class OrderedList<T> {
  readonly #compare: (a: T, b: T) => number;
  /** None is empty. */
  readonly #chunks: T[][] = [];
  #size = 0;

  /** `compare` says 0 of an item and itself only, and never changes its mind about two items in the list. */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  get lowest(): T | undefined {
    return this.#chunks[0]?.[0];
  }

  add(item: T): void {
    this.#size++;
    const chunks = this.#chunks;
    const last = chunks.at(-1);
    if (last === undefined) {
      chunks.push([item]);
    } else if (this.#compare(last[last.length - 1] as T, item) < 0) {
      if (last.length < CHUNK_MAX) last.push(item);
      else chunks.push([item]);
    } else {
      this.#insert(item);
    }
  }

  /** False when it is not there. */
  remove(item: T): boolean {
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const place = this.#placeIn(chunk, item);
    if (chunk[place] !== item) return false;
    if (place === 0) chunk.shift();
    else chunk.splice(place, 1);
    this.#size--;
    this.#merge(at, chunk);
    return true;
  }

  /** The lowest item that `accepts` takes; looks at no more than `limit` items. */
  first(accepts: (item: T) => boolean, limit: number): T | undefined {
    let left = limit;
    for (const chunk of this.#chunks) {
      for (const item of chunk) {
        if (left-- === 0) return undefined;
        if (accepts(item)) return item;
      }
    }
    return undefined;
  }

  /** How many items from the start `holds` is true of; it is false of all behind them. */
  countWhile(holds: (item: T) => boolean): number {
    const chunks = this.#chunks;
    const whole = boundary(chunks, (chunk) => holds(chunk[chunk.length - 1] as T));
    let count = boundary(chunks[whole] ?? [], holds);
    for (let i = 0; i < whole; i++) count += (chunks[i] as T[]).length;
    return count;
  }

  /** From the highest item down; with `isBelow`, which holds for all items up to some place, from there. */
  *descending(isBelow: (item: T) => boolean = () => true): Iterable<T> {
    const chunks = this.#chunks;
    let at = boundary(chunks, (chunk) => isBelow(chunk[0] as T)) - 1;
    let place = at < 0 ? 0 : boundary(chunks[at] as T[], isBelow);
    for (; at >= 0; at--, place = (chunks[at] ?? []).length) {
      for (let i = place - 1; i >= 0; i--) yield (chunks[at] as T[])[i] as T;
    }
  }

  /** From the lowest item up; with `isAbove`, which holds for all items from some place on, from there. */
  *ascending(isAbove: (item: T) => boolean = () => true): Iterable<T> {
    const chunks = this.#chunks;
    let at = boundary(chunks, (chunk) => !isAbove(chunk[chunk.length - 1] as T));
    let place = boundary(chunks[at] ?? [], (item) => !isAbove(item));
    for (; at < chunks.length; at++, place = 0) {
      const chunk = chunks[at] as T[];
      for (let i = place; i < chunk.length; i++) yield chunk[i] as T;
    }
  }

  #insert(item: T): void {
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at] as T[];
    chunk.splice(this.#placeIn(chunk, item), 0, item);
    if (chunk.length > CHUNK_MAX) this.#chunks.splice(at + 1, 0, chunk.splice(CHUNK_MAX / 2));
  }

  #merge(at: number, chunk: T[]): void {
    if (chunk.length === 0) {
      this.#chunks.splice(at, 1);
      return;
    }
    const next = this.#chunks[at + 1];
    if (next === undefined || chunk.length + next.length > CHUNK_MAX / 2) return;
    chunk.push(...next);
    this.#chunks.splice(at + 1, 1);
  }

  /** The chunk whose highest item is not below `item`. */
  #chunkOf(item: T): number {
    return boundary(this.#chunks, (chunk) => this.#compare(chunk[chunk.length - 1] as T, item) < 0);
  }

  #placeIn(chunk: readonly T[], item: T): number {
    return boundary(chunk, (other) => this.#compare(other, item) < 0);
  }
}

/** How many items from the start `holds` is true of; it is false of all behind them. */
function boundary<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
