// Holds back what a run tells of itself: each telling is kept on disk and sent, so a chatty agent would cost a write for every line. The
// first is passed on at once, then the newest of each at most once in a while.

import type { Cancel, Scheduler } from '@agentcom/schemas';
import type { RunProgress } from './core/job-model.js';

export class ProgressThrottle {
  readonly #tell: (progress: RunProgress) => void;
  readonly #pauseMs: number;
  readonly #scheduler: Scheduler;
  #held: RunProgress | null = null;
  #pause: Cancel | null = null;

  constructor(tell: (progress: RunProgress) => void, pauseMs: number, scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.#tell = tell;
    this.#pauseMs = pauseMs;
  }

  hear(progress: RunProgress): void {
    if (this.#pause !== null) {
      this.#held = { ...this.#held, ...progress };
      return;
    }
    this.#pause = this.#scheduler.after(this.#pauseMs, () => this.#go());
    this.#tell(progress);
  }

  /** What is held back is dropped: the end of the run has it all. */
  stop(): void {
    this.#pause?.();
    this.#pause = null;
    this.#held = null;
  }

  #go(): void {
    const held = this.#held;
    this.stop();
    if (held !== null) this.hear(held);
  }
}
