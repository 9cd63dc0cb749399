// How much of the output is shown: masking and keeping it costs far more than reading it, and an agent is never held up for that. What
// comes faster is left out; the hub takes less still.

const BURST_BYTES = 1024 * 1024;
const BYTES_PER_SECOND = 256 * 1024;
/** Once it is used up, it opens again with this much, so that what is shown comes in pieces that make sense. */
const REOPEN_BYTES = 128 * 1024;

export class OutputBudget {
  #left = BURST_BYTES;
  #at: number | undefined;
  #isOpen = true;

  /** `now`: monotonic, ms. */
  isOpen(now: number): boolean {
    const elapsed = Math.max(0, now - (this.#at ?? now));
    this.#at = now;
    this.#left = Math.min(BURST_BYTES, this.#left + (elapsed / 1000) * BYTES_PER_SECOND);
    if (this.#left <= 0) this.#isOpen = false;
    else if (this.#left >= REOPEN_BYTES) this.#isOpen = true;
    return this.#isOpen;
  }

  spend(bytes: number): void {
    this.#left -= bytes;
  }
}
