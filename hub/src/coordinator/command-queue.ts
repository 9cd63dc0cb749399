// Commands that wait because the next batch is full. Bounded, and no source may take more than its share, so one that floods the
// hub is told to come back while the others are served.

const CAPACITY = 10_000;
const SHARE = 512;

export class CommandQueue<T> {
  #waiting: { readonly source: string; readonly item: T }[] = [];
  #head = 0;
  readonly #bySource = new Map<string, number>();

  get size(): number {
    return this.#waiting.length - this.#head;
  }

  /** False when the queue, or the source's share of it, is full; `always` for what comes once a source and must not be lost. */
  push(source: string, item: T, always = false): boolean {
    const held = this.#bySource.get(source) ?? 0;
    if (!always && (held >= SHARE || this.size >= CAPACITY)) return false;
    this.#bySource.set(source, held + 1);
    this.#waiting.push({ source, item });
    return true;
  }

  shift(): T | undefined {
    const entry = this.#waiting[this.#head];
    if (entry === undefined) return undefined;
    this.#head++;
    // A hub under load may never see it empty, and what is behind must not stay for that long.
    if (this.#head * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    const held = (this.#bySource.get(entry.source) ?? 1) - 1;
    if (held === 0) this.#bySource.delete(entry.source);
    else this.#bySource.set(entry.source, held);
    return entry.item;
  }
}
