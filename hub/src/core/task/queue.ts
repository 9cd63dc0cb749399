// The queued tasks of one set of needs in one lane, oldest first. Arrivals are almost always the youngest, so adding is a push;
// a task that returns from an unaccepted offer goes back to its place by age. Leaving is O(1): the slot is emptied and skipped.

/** What a queue needs to know of a task. `slot` belongs to the queue. */
export interface Queued {
  readonly id: string;
  queuedAt: number;
  slot: Slot | null;
}

export interface Slot {
  task: Queued | null;
  readonly at: number;
  readonly id: string;
}

export class AgeQueue<T extends Queued> {
  #slots: Slot[] = [];
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(task: T): void {
    const slot: Slot = { task, at: task.queuedAt, id: task.id };
    task.slot = slot;
    this.#size++;
    const last = this.#slots.at(-1);
    if (last === undefined || !precedes(slot, last)) this.#slots.push(slot);
    else this.#slots.splice(this.#placeOf(slot), 0, slot);
  }

  remove(task: T): void {
    if (task.slot === null) return;
    task.slot.task = null;
    task.slot = null;
    this.#size--;
    this.#skipEmpty();
    if (this.#slots.length > 64 && this.#slots.length > 2 * this.#size) this.#compact();
  }

  /** The oldest task that `accepts` takes; looks at no more than `limit` tasks. */
  first(accepts: (task: T) => boolean, limit: number): T | undefined {
    let seen = 0;
    for (let i = this.#head; i < this.#slots.length && seen < limit; i++) {
      const task = this.#slots[i]?.task;
      if (task === null || task === undefined) continue;
      if (accepts(task as T)) return task as T;
      seen++;
    }
    return undefined;
  }

  #skipEmpty(): void {
    while (this.#head < this.#slots.length && this.#slots[this.#head]?.task === null) this.#head++;
  }

  #compact(): void {
    this.#slots = this.#slots.filter((slot) => slot.task !== null);
    this.#head = 0;
  }

  #placeOf(slot: Slot): number {
    let low = this.#head;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (precedes(slot, this.#slots[middle] as Slot)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function precedes(a: Slot, b: Slot): boolean {
  return a.at < b.at || (a.at === b.at && a.id < b.id);
}
