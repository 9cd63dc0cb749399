// Guessing keys, links and passwords must not pay: an address that keeps sending bad ones is turned away for a while, and so is, from wherever it
// comes, a bad key with a beginning that is tried again and again.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { MinuteTally } from '../core/alert/minute-tally.js';
import { Refusal } from '../core/refusal.js';
import { addressGroup } from './address-group.js';
import { hintOf, isKey } from './secrets.js';
import { SignInGuard } from './sign-in-guard.js';

/** Bad keys from one address within the window before it is blocked. */
const BAD_KEYS = 20;
const WINDOW_SECONDS = 60;
const BLOCK_SECONDS = 60;

export class AbuseLimiter {
  /** By what of a key may be shown. */
  readonly #hints: SignInGuard;
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
    const guessed = (hint: string) =>
      `too many requests with keys that begin with ${hint} and are unknown, expired or revoked`;
    this.#hints = new SignInGuard(now, guessed);
  }

  /**
   * Counts a key that was looked for and is none; a refusal once there were too many like it. It is asked only then, so whoever has the right key
   * is not held up, whatever strangers try. A key without a checksum of ours, such as an agent's, has no beginning that could be guessed on from.
   */
  async failedKey(address: string, key: string | undefined): Promise<Refusal | undefined> {
    const blocked = await this.failed(address);
    const hint = key !== undefined && isKey(key) ? hintOf(key) : undefined;
    if (hint === undefined) return blocked;
    const wait = this.#hints.refuse(hint, address);
    if (wait === undefined) this.#hints.failed(hint, address);
    return blocked ?? wait;
  }

  /** Counts a bad secret; a refusal once there were too many. Good keys are never held up by it. */
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
