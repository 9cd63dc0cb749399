// What was sent to one agent, as far as it is remembered, and what of it the agent has acknowledged. Ids grow with time, so "acknowledged up to here"
// is one id; what was acknowledged out of order is remembered apart until the gap closes.

/** Messages of one agent or channel that are listed, and that wait for an agent at most. */
export const REMEMBERED = 1_000;

export interface Entry {
  readonly id: string;
  readonly seq: number;
}

export class Inbox {
  /** Oldest first. */
  #entries: Entry[] = [];
  #ackedTo = '';
  readonly #ackedOutOfOrder = new Set<string>();
  #dropped = 0;

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Everything up to this id was acknowledged. */
  get ackedTo(): string {
    return this.#ackedTo;
  }

  /** How many were pushed out before the agent took them, and it was not done yet. */
  get dropped(): number {
    return this.#dropped;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length <= REMEMBERED) return;
    const [oldest] = this.#entries.splice(0, 1);
    if (oldest === undefined || this.#isAcknowledged(oldest.id)) return;
    this.#dropped++;
    this.#advance(oldest.id);
  }

  droppedReported(count: number): void {
    this.#dropped = Math.max(0, this.#dropped - count);
  }

  /** Whether `ackedTo` grew by it. */
  acknowledge(id: string): boolean {
    if (id <= this.#ackedTo || !this.#entries.some((entry) => entry.id === id)) return false;
    const before = this.#ackedTo;
    this.#ackedOutOfOrder.add(id);
    for (const entry of this.#entries) {
      if (entry.id <= this.#ackedTo) continue;
      if (!this.#ackedOutOfOrder.has(entry.id)) break;
      this.#advance(entry.id);
    }
    return this.#ackedTo !== before;
  }

  acknowledgeUpTo(id: string): void {
    if (id > this.#ackedTo) this.#advance(id);
  }

  /** What waits to be acknowledged, oldest first. */
  *pending(): Generator<Entry, void, undefined> {
    for (const entry of this.#entries) if (!this.#isAcknowledged(entry.id)) yield entry;
  }

  /** Forgets what the stream does not hold any more. */
  forgetBefore(seq: number): void {
    this.#entries = this.#entries.filter((entry) => entry.seq >= seq);
  }

  #isAcknowledged(id: string): boolean {
    return id <= this.#ackedTo || this.#ackedOutOfOrder.has(id);
  }

  #advance(id: string): void {
    this.#ackedTo = id;
    for (const apart of this.#ackedOutOfOrder) if (apart <= id) this.#ackedOutOfOrder.delete(apart);
  }
}
