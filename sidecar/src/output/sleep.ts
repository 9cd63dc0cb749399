// A wait of one loop, which others can make shorter.

export class Sleep {
  #over: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  #endsAt = 0;
  /** Said while nobody slept: the next wait is that short. */
  #shortened: number | null = null;

  for(ms: number): Promise<void> {
    const waitMs = Math.min(ms, this.#shortened ?? ms);
    this.#shortened = null;
    return new Promise((resolve) => {
      this.#over = resolve;
      this.#set(waitMs);
    });
  }

  /** Ends the wait in so many ms, if not before. */
  shorten(ms: number): void {
    if (this.#over === null) this.#shortened = Math.min(ms, this.#shortened ?? ms);
    else if (performance.now() + ms < this.#endsAt) this.#set(ms);
  }

  #set(ms: number): void {
    clearTimeout(this.#timer);
    this.#endsAt = performance.now() + ms;
    this.#timer = setTimeout(() => {
      const over = this.#over;
      this.#over = null;
      over?.();
    }, ms);
  }
}
