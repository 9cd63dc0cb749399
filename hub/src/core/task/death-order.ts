// Dead letters in the order in which they died. They come in that order, all but those whose requeue was undone: these are put in their place when
// somebody looks, all at once.

export class DeathOrder {
  readonly #since = new Map<string, number>();
  /** When the last of all died, those that are gone included. */
  #latest = Number.NEGATIVE_INFINITY;
  /** Undefined until somebody asks for it. */
  #newest: string | undefined;
  #isOrdered = true;

  get isEmpty(): boolean {
    return this.#since.size === 0;
  }

  add(id: string, at: number): void {
    this.#since.set(id, at);
    if (at < this.#latest) this.#isOrdered = false;
    else [this.#latest, this.#newest] = [at, id];
  }

  remove(id: string): void {
    this.#since.delete(id);
    if (id === this.#newest) this.#newest = undefined;
  }

  /** Since when each is dead, ms; the oldest first. */
  get since(): ReadonlyMap<string, number> {
    this.#sort();
    return this.#since;
  }

  /** The one that died last; '' when there is none. */
  get newest(): string {
    if (this.#newest === undefined) for (const id of this.since.keys()) this.#newest = id;
    return this.#newest ?? '';
  }

  #sort(): void {
    if (this.#isOrdered) return;
    this.#isOrdered = true;
    const entries = [...this.#since].sort(([, a], [, b]) => a - b);
    this.#since.clear();
    for (const [id, at] of entries) this.#since.set(id, at);
  }
}
