// Frames of one session that were refused for their form or their rate.

/** Before the socket is closed; one is forgiven each second. */
const VIOLATIONS = 100;
const FORGIVEN_EVERY_MS = 1_000;

export class Violations {
  #count = 0;
  #lastAt = 0;

  /** Counts one at `now`, ms; true when there were too many. */
  add(now: number): boolean {
    const forgiven = (now - this.#lastAt) / FORGIVEN_EVERY_MS;
    this.#count = Math.max(0, this.#count - forgiven) + 1;
    this.#lastAt = now;
    return this.#count >= VIOLATIONS;
  }
}
