// What takes the hub long is followed by a rest of the organisation that asked for it, as long as others use the hub too: however many
// callers an organisation has, most of the hub's time is left to the others. One that has the hub to itself does not rest.

import { loopTurn } from './loop-turn.js';

/** After what was done, and after what was refused, so many times as long as it took: a quarter and a tenth of the hub's time. */
const REST_TIMES = { done: 3, refused: 9 } as const;
/** The hub counts as shared for this long after requests last switched from one organisation to another, ms. */
const OTHERS_MS = 1_000;
/** The longest rest that is owed at once, ms. */
const OWED_MS_MAX = 2_000;
/** Organisations, and addresses without a key, whose rest may be remembered before those that are over are forgotten. */
const KEPT = 1_024;

export class Rests {
  readonly #now: () => number;
  readonly #until = new Map<string, number>();
  /** By organisation, the turn of the event loop in which it has begun something large. */
  readonly #large = new Map<string, number>();
  #newest = '';
  #changedAt = Number.NEGATIVE_INFINITY;

  /** `now` in ms; monotonic. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Somebody of the organisation uses the hub. Strangers do not count: they must not have anybody rest. */
  used(org: string): void {
    if (org === this.#newest) return;
    if (this.#newest !== '') this.#changedAt = this.#now();
    this.#newest = org;
  }

  /** The hub has worked so long for the organisation, ms. */
  spent(org: string, ms: number, outcome: keyof typeof REST_TIMES): void {
    const now = this.#now();
    if (now - this.#changedAt > OTHERS_MS) return;
    const from = Math.max(now, this.#until.get(org) ?? 0);
    this.#until.set(org, Math.min(from + ms * REST_TIMES[outcome], now + OWED_MS_MAX));
    if (this.#until.size > KEPT) this.#forget(now);
  }

  /** Until the organisation may go on, ms; 0 when it need not wait. */
  leftMs(org: string): number {
    const until = this.#until.get(org);
    if (until === undefined) return 0;
    const left = until - this.#now();
    if (left > 0) return left;
    this.#until.delete(org);
    return 0;
  }

  /** Whether the organisation may begin something that takes the hub milliseconds: once in a turn of the event loop. */
  mayBeginLarge(org: string): boolean {
    const turn = loopTurn();
    if (this.leftMs(org) > 0 || this.#large.get(org) === turn) return false;
    if (this.#large.size > KEPT) this.#large.clear();
    this.#large.set(org, turn);
    return true;
  }

  #forget(now: number): void {
    for (const [org, until] of this.#until) if (until <= now) this.#until.delete(org);
  }
}
