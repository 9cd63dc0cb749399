// A process that can be killed, stopped for a while and started again. Everything that happens in it is a step; what was asked of one life
// never happens in the next.

import type { Cancel, Scheduler } from '@agentcom/schemas';
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';

export class Process {
  #life = 0;
  #isUp = false;
  #isPaused = false;
  #held: (() => void)[] = [];

  constructor(protected readonly schedule: Schedule) {}

  get isUp(): boolean {
    return this.#isUp;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  boot(): void {
    this.#life++;
    this.#isUp = true;
    this.#isPaused = false;
    this.#held = [];
  }

  /** As by `kill -9`: nothing more happens in this life. */
  die(): void {
    this.#isUp = false;
    this.#isPaused = false;
    this.#held = [];
  }

  /** As by SIGSTOP: what happens meanwhile is met after `resume`, in order. */
  pause(): void {
    this.#isPaused = this.#isUp;
  }

  /** What is due at this very moment is held too: it comes behind what was held before it. */
  resume(): void {
    const life = this.#life;
    this.schedule.after(0, () => {
      if (this.#life === life) this.#goOn();
    });
  }

  /** Time and chance for what runs in this life. */
  scheduler(random: Random): Scheduler {
    const after = (ms: number, run: () => void): Cancel => {
      let isWanted = true;
      const fire = this.inThisLife(() => isWanted && run());
      this.schedule.after(ms, () => isWanted && fire());
      return () => {
        isWanted = false;
      };
    };
    return { now: () => this.schedule.now, random: () => random.next(), after };
  }

  /** Does something in this life after `ms`. */
  later(ms: number, run: () => void): void {
    this.schedule.after(ms, this.inThisLife(run));
  }

  /** The same as a step of this life, which does nothing in the next. */
  inThisLife<Args extends readonly unknown[]>(run: (...args: Args) => void): (...args: Args) => void {
    const life = this.#life;
    return (...args) => {
      if (this.#life === life) this.step(() => run(...args));
    };
  }

  /** One step: at once, after the pause, or never when the process is dead. */
  step(run: () => void): void {
    if (!this.#isUp) return;
    if (this.#isPaused) this.#held.push(run);
    else run();
  }

  #goOn(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const held = this.#held;
    this.#held = [];
    // Each a step of its own, as a process takes up what waits for it.
    for (const run of held) this.later(0, run);
  }
}
