// The end of a program: what was started last is stopped first, once, whoever asks and however often, and in bounded time.

import { setTimeout as delay } from 'node:timers/promises';
import type { Lifecycle } from './lifecycle.js';

/** Most steps take milliseconds; one that takes longer waits for something that does not answer. */
const STEP_MS_MAX = 500;

interface Step {
  readonly what: string;
  readonly run: () => void | Promise<void>;
  readonly withinMs: number;
}

export class Shutdown {
  readonly #steps: Step[] = [];
  readonly #onLate: (what: string) => void;
  #running: Promise<void> | undefined;
  #settle: (reason: Error | undefined) => void = () => undefined;
  /** Resolves when everything is stopped: with what forced the end, or undefined. */
  readonly ended: Promise<Error | undefined>;

  /** `onLate` is told of a step that was not done in time. */
  constructor(onLate: (what: string) => void) {
    this.#onLate = onLate;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get begun(): boolean {
    return this.#running !== undefined;
  }

  /** Adds what has to be done at the end, before everything added earlier. After `withinMs` the end goes on without it. */
  add(what: string, run: () => void | Promise<void>, withinMs = STEP_MS_MAX): void {
    this.#steps.push({ what, run, withinMs });
  }

  /** Stops the part at the end, and ends when it cannot go on. */
  own(what: string, part: Pick<Lifecycle, 'stop' | 'stopped'>, withinMs = STEP_MS_MAX): void {
    this.add(what, () => part.stop(), withinMs);
    void part.stopped.then((failure) => {
      if (failure !== undefined) void this.end(failure);
    });
  }

  /** A step that fails does not keep the others from being done. */
  end(reason?: Error): Promise<void> {
    this.#running ??= this.#run(reason);
    return this.#running;
  }

  async #run(reason: Error | undefined): Promise<void> {
    let failure = reason;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await this.#within(step);
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
    }
    this.#settle(failure);
  }

  async #within({ what, run, withinMs }: Step): Promise<void> {
    const done = new AbortController();
    const late = delay(withinMs, undefined, { signal: done.signal }).then(
      () => this.#onLate(what),
      () => undefined,
    );
    try {
      await Promise.race([run(), late]);
    } finally {
      done.abort();
    }
  }
}
