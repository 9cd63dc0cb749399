// What was sent to one agent, as far as it is remembered, and what of it the agent has acknowledged. Ids grow with time, so "acknowledged up to here"
// is one id; what was acknowledged out of order is remembered apart until the gap closes.

import type { Receipt } from './records.js';

/** Messages of one agent or channel that are listed, and that wait for an agent at most. */
export const REMEMBERED = 1_000;

/** Of so many of an agent's newest messages it is remembered when they reached it: about 100 bytes each, in every record of the agent. */
const RECEIPTS = 10;

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
  /** When those on their way were first sent, ms. */
  readonly #deliveredAt = new Map<string, number>();
  /** The newest last. */
  #receipts: readonly Receipt[] = [];

  get receipts(): readonly Receipt[] {
    return this.#receipts;
  }

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

  /** It is being sent; only the first time counts. */
  delivered(id: string, at: number): void {
    if (!this.#deliveredAt.has(id)) this.#deliveredAt.set(id, at);
  }

  /** What has become of a message, as far as that is remembered. */
  standingOf(id: string): { acknowledged: boolean; deliveredAt?: number; acknowledgedAt?: number } {
    const receipt = this.#receipts.find((one) => one.id === id);
    if (receipt !== undefined) {
      const { deliveredAt, acknowledgedAt } = receipt;
      return { acknowledged: true, deliveredAt, acknowledgedAt };
    }
    const deliveredAt = this.#deliveredAt.get(id);
    return { acknowledged: this.#isAcknowledged(id), ...(deliveredAt !== undefined && { deliveredAt }) };
  }

  /** Whether `ackedTo` grew by it. Without `at` nobody got it. */
  acknowledge(id: string, at?: number): boolean {
    if (this.#isAcknowledged(id) || !this.#entries.some((entry) => entry.id === id)) return false;
    if (at !== undefined) {
      const receipt = { id, deliveredAt: this.#deliveredAt.get(id) ?? at, acknowledgedAt: at };
      this.#receipts = [...this.#receipts, receipt].slice(-RECEIPTS);
    }
    this.#deliveredAt.delete(id);
    const before = this.#ackedTo;
    this.#ackedOutOfOrder.add(id);
    for (const entry of this.#entries) {
      if (entry.id <= this.#ackedTo) continue;
      if (!this.#ackedOutOfOrder.has(entry.id)) break;
      this.#advance(entry.id);
    }
    return this.#ackedTo !== before;
  }

  /** As it was written down, perhaps by another hub. */
  acknowledgeUpTo(id: string, receipts: readonly Receipt[] = []): void {
    if (id <= this.#ackedTo) return;
    this.#receipts = receipts;
    this.#advance(id);
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
    for (const sent of this.#deliveredAt.keys()) if (sent <= id) this.#deliveredAt.delete(sent);
  }
}
