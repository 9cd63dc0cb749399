import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

// Lets each caller begin one request in a turn of the event loop. Whoever sends many over many connections then adds the work of one to what
// others wait for, and not that of all that have arrived; what is large waits until the large one before it is done.

const ALONE_MS_MAX = 100;

export class Turns {
  /** Those that have begun one in this turn, and the requests of theirs that wait, the oldest first. */
  readonly #begun = new Map<string, (() => void)[]>();
  readonly #lastAlone = new Map<string, Promise<void>>();
  #isDue = false;

  /** Resolves when it is the caller's turn; undefined when that is now. */
  of(caller: string): Promise<void> | undefined {
    const waiting = this.#begun.get(caller);
    this.#endLater();
    if (waiting !== undefined) return new Promise((resolve) => waiting.push(resolve));
    this.#begun.set(caller, []);
    return undefined;
  }

  /**
   * Does the work once what was asked before for this caller is done, whatever became of it, and another turn has come. What takes long waits
   * for something else than the hub, and keeps nothing waiting.
   */
  alone<T>(caller: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lastAlone.get(caller);
    const done = before === undefined ? work() : before.then(work);
    const over = Promise.race([done.catch(() => undefined), sleep(ALONE_MS_MAX, undefined, { ref: false })])
      .then(() => nextTurn())
      .then(() => {
        if (this.#lastAlone.get(caller) === over) this.#lastAlone.delete(caller);
      });
    this.#lastAlone.set(caller, over);
    return done;
  }

  #endLater(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (const [caller, waiting] of this.#begun) {
        const next = waiting.shift();
        if (next === undefined) this.#begun.delete(caller);
        else next();
      }
      if (this.#begun.size > 0) this.#endLater();
    });
  }
}
