// What was sent to one agent, as far as it is remembered, and what of it the agent has taken. Ids grow with time, so "taken up to here"
// is one id; what was taken out of order is remembered apart until the gap closes.

/** Messages of one agent or channel that are listed, and that wait for an agent at most. */
export const REMEMBERED = 1_000;

export interface Entry {
  readonly id: string;
  readonly seq: number;
}

export class Inbox {
  /** Oldest first. */
  #entries: Entry[] = [];
  #takenTo = '';
  readonly #takenApart = new Set<string>();
  #dropped = 0;

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Everything up to this id was taken. */
  get takenTo(): string {
    return this.#takenTo;
  }

  /** How many were pushed out before the agent took them, and it was not told yet. */
  get dropped(): number {
    return this.#dropped;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    if (this.#entries.length <= REMEMBERED) return;
    const [oldest] = this.#entries.splice(0, 1);
    if (oldest === undefined || this.#isTaken(oldest.id)) return;
    this.#dropped++;
    this.#advance(oldest.id);
  }

  toldOfDropped(count: number): void {
    this.#dropped = Math.max(0, this.#dropped - count);
  }

  /** Whether `takenTo` grew by it. */
  take(id: string): boolean {
    if (id <= this.#takenTo || !this.#entries.some((entry) => entry.id === id)) return false;
    const before = this.#takenTo;
    this.#takenApart.add(id);
    for (const entry of this.#entries) {
      if (entry.id <= this.#takenTo) continue;
      if (!this.#takenApart.has(entry.id)) break;
      this.#advance(entry.id);
    }
    return this.#takenTo !== before;
  }

  takeUpTo(id: string): void {
    if (id > this.#takenTo) this.#advance(id);
  }

  /** What waits to be taken, oldest first. */
  *pending(): Generator<Entry, void, undefined> {
    for (const entry of this.#entries) if (!this.#isTaken(entry.id)) yield entry;
  }

  /** Forgets what the stream does not hold any more. */
  forgetBefore(seq: number): void {
    this.#entries = this.#entries.filter((entry) => entry.seq >= seq);
  }

  #isTaken(id: string): boolean {
    return id <= this.#takenTo || this.#takenApart.has(id);
  }

  #advance(id: string): void {
    this.#takenTo = id;
    for (const apart of this.#takenApart) if (apart <= id) this.#takenApart.delete(apart);
  }
}
