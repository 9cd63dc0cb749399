// Lets each organisation begin one request in a turn of the event loop, its callers in rotation. Whoever sends many over many connections then
// adds the work of one to what others wait for, and not that of all that have arrived; what is large waits until the large one before it is done.

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** A large request that takes longer than this waits for something other than the hub, and no longer holds up the next. */
const ALONE_MS_MAX = 100;

export class Turns {
  /** Organisations that have begun one in this turn, and by caller the requests of theirs that wait, the oldest first. */
  readonly #begun = new Map<string, Map<string, (() => void)[]>>();
  readonly #lastAlone = new Map<string, Promise<void>>();
  #isDue = false;

  /** Resolves when it is the caller's turn; undefined when that is now. */
  of(org: string, caller: string): Promise<void> | undefined {
    const waiting = this.#begun.get(org);
    this.#endLater();
    if (waiting === undefined) {
      this.#begun.set(org, new Map());
      return undefined;
    }
    return new Promise((resolve) => {
      const own = waiting.get(caller);
      if (own === undefined) waiting.set(caller, [resolve]);
      else own.push(resolve);
    });
  }

  /** Does the work in a turn after the organisation's work before it has ended, however that ended. */
  alone<T>(org: string, work: () => Promise<T>): Promise<T> {
    const before = this.#lastAlone.get(org);
    const done = before === undefined ? work() : before.then(work);
    const over = Promise.race([done.catch(() => undefined), sleep(ALONE_MS_MAX, undefined, { ref: false })])
      .then(() => nextTurn())
      .then(() => {
        if (this.#lastAlone.get(org) === over) this.#lastAlone.delete(org);
      });
    this.#lastAlone.set(org, over);
    return done;
  }

  #endLater(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      for (const [org, waiting] of this.#begun) {
        const [first] = waiting;
        if (first === undefined) {
          this.#begun.delete(org);
          continue;
        }
        const [caller, own] = first;
        const next = own.shift();
        waiting.delete(caller);
        if (own.length > 0) waiting.set(caller, own);
        next?.();
      }
      if (this.#begun.size > 0) this.#endLater();
    });
  }
}
