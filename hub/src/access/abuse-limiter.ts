// Guessing keys, links and passwords must not pay: an address that keeps sending bad ones is turned away for a while.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { MinuteTally } from '../core/alert/minute-tally.js';
import { Refusal } from '../core/decision.js';
import { addressGroup } from './address-group.js';

/** Bad keys from one address within the window before it is blocked. */
const BAD_KEYS = 20;
const WINDOW_SECONDS = 60;
const BLOCK_SECONDS = 60;

export class AbuseLimiter {
  readonly #now: () => number;
  readonly #refused: MinuteTally;
  readonly #badKeys = new RateLimiterMemory({
    points: BAD_KEYS,
    duration: WINDOW_SECONDS,
    blockDuration: BLOCK_SECONDS,
  });

  /** `now` is the hub's own time, ms; `refused` counts bad keys by address. */
  constructor(now: () => number, refused: MinuteTally) {
    this.#now = now;
    this.#refused = refused;
  }

  /** Counts a bad key; a refusal once there were too many. Good keys are never held up by it. */
  async failed(address: string): Promise<Refusal | undefined> {
    const group = addressGroup(address);
    this.#refused.note(group, this.#now());
    try {
      await this.#badKeys.consume(group);
      return undefined;
    } catch (limit) {
      if (!(limit instanceof RateLimiterRes)) throw limit;
      return new Refusal(
        'auth.blocked',
        'too many wrong keys, links or passwords from this address',
        [],
        limit.msBeforeNext,
      );
    }
  }
}
