// Lets each organisation begin one request in a turn of the event loop, its callers in rotation, and none while it rests. Whoever sends many over
// many connections then adds the work of one to what others wait for, and not that of all that have arrived. The body of a large one is not read
// before the large one before it is over.

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Rests } from '../rests.js';

/** A large request that takes longer than this waits for something other than the hub, and no longer holds up the next. */
const LARGE_MS_MAX = 100;

/** Requests of an organisation that wait, by caller: the oldest of each in turn. */
class Rotation {
  readonly #waiting = new Map<string, (() => void)[]>();

  join(caller: string): Promise<void> {
    const own = this.#waiting.get(caller) ?? [];
    this.#waiting.set(caller, own);
    return new Promise((resolve) => own.push(resolve));
  }

  /** Lets the next one go on; false when none waits. */
  release(): boolean {
    const [first] = this.#waiting;
    if (first === undefined) return false;
    const [caller, own] = first;
    own.shift()?.();
    this.#waiting.delete(caller);
    if (own.length > 0) this.#waiting.set(caller, own);
    return true;
  }
}

export class Turns {
  readonly #rests: Rests;
  /** Of organisations that have begun one in this turn, or rest. */
  readonly #begun = new Map<string, Rotation>();
  /** Of organisations that have begun a large one, or rest from it. */
  readonly #large = new Map<string, Rotation>();
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(rests: Rests) {
    this.#rests = rests;
  }

  /** Resolves when it is the caller's turn; undefined when that is now. Whoever shows no key is `''`, of the address in place of an organisation. */
  of(org: string, caller: string): Promise<void> | undefined {
    if (caller !== '') this.#rests.used(org);
    this.#endLater();
    let rotation = this.#begun.get(org);
    if (rotation === undefined) {
      rotation = new Rotation();
      this.#begun.set(org, rotation);
      if (this.#rests.leftMs(org) === 0) return undefined;
    }
    return rotation.join(caller);
  }

  /** As `of`, for a large request, which is over when `over` settles. */
  async large(org: string, caller: string, over: Promise<unknown>): Promise<void> {
    const rotation = this.#large.get(org);
    if (rotation !== undefined) await rotation.join(caller);
    else this.#large.set(org, new Rotation());
    void this.#restAfter(org, over);
  }

  async #restAfter(org: string, over: Promise<unknown>): Promise<void> {
    const from = performance.now();
    await Promise.race([over, sleep(LARGE_MS_MAX, undefined, { ref: false })]);
    this.#rests.spent(org, performance.now() - from, 'done');
    const restMs = this.#rests.leftMs(org);
    await (restMs === 0 ? nextTurn() : sleep(restMs, undefined, { ref: false }));
    if (this.#large.get(org)?.release() !== true) this.#large.delete(org);
  }

  #endLater(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#end();
    });
  }

  #end(): void {
    let restMs = Number.POSITIVE_INFINITY;
    for (const [org, rotation] of this.#begun) {
      const leftMs = this.#rests.leftMs(org);
      restMs = Math.min(restMs, leftMs);
      if (leftMs === 0 && !rotation.release()) this.#begun.delete(org);
    }
    if (this.#begun.size === 0) return;
    if (restMs === 0) return this.#endLater();
    // Another's rest may end sooner than the one that was waited for.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), restMs).unref();
  }
}
