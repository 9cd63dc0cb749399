// Whether this process stood still for a while, stopped or starved: what seems late right after that was held up here, not by the caller.

import type { Scheduler } from '@agentcom/schemas';

const BEAT_MS = 1_000;
/** Beats that are later than this were held up. */
const LATE_MS = 3_000;

export class Standstill {
  readonly #scheduler: Scheduler;
  #beatAt: number;
  #wokeAt = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#beatAt = scheduler.now();
    this.#beatLater();
  }

  /** Whether it stood still and has only just gone on. */
  get isJustOver(): boolean {
    const now = this.#scheduler.now();
    return now - this.#beatAt > LATE_MS || now - this.#wokeAt < LATE_MS;
  }

  stop(): void {
    this.#cancel();
  }

  #beatLater(): void {
    this.#cancel = this.#scheduler.after(BEAT_MS, () => {
      const now = this.#scheduler.now();
      if (now - this.#beatAt > LATE_MS) this.#wokeAt = now;
      this.#beatAt = now;
      this.#beatLater();
    });
  }
}
