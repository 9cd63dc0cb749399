// Guessing keys, links and passwords must not pay: an address that keeps sending bad ones is turned away for a while.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../core/decision.js';
import { addressGroup } from './address-group.js';

/** Bad keys from one address within the window before it is blocked. */
const BAD_KEYS = 20;
const WINDOW_SECONDS = 60;
const BLOCK_SECONDS = 60;

export class AbuseLimiter {
  readonly #badKeys = new RateLimiterMemory({
    points: BAD_KEYS,
    duration: WINDOW_SECONDS,
    blockDuration: BLOCK_SECONDS,
  });

  /** Counts a bad key; a refusal once there were too many. Good keys are never held up by it. */
  async failed(address: string): Promise<Refusal | undefined> {
    try {
      await this.#badKeys.consume(addressGroup(address));
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
