// Guessing keys and tokens must not pay: bad ones from an address that keeps sending them are turned away for a while.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../core/decision.js';

/** Bad keys from one address within the window before it is blocked. */
const BAD_KEYS = 20;
const WINDOW_SECONDS = 60;
const BLOCK_SECONDS = 60;
/** Enrolments, good or bad, from one address within the window. */
const ENROLMENTS = 60;
/** Fetches of what a machine needs to join, from one address within the window: many machines may share one. */
const DOWNLOADS = 300;

export class AbuseLimiter {
  readonly #badKeys = new RateLimiterMemory({
    points: BAD_KEYS,
    duration: WINDOW_SECONDS,
    blockDuration: BLOCK_SECONDS,
  });
  readonly #enrolments = new RateLimiterMemory({ points: ENROLMENTS, duration: WINDOW_SECONDS });

  readonly #downloads = new RateLimiterMemory({ points: DOWNLOADS, duration: WINDOW_SECONDS });

  /** Counts a bad key; a refusal once there were too many. Good keys are never held up by it. */
  async failed(address: string): Promise<Refusal | null> {
    return this.#consume(this.#badKeys, address, 'auth.blocked', 'too many bad keys came from this address');
  }

  /** Counts an attempt to enrol. */
  async enrolment(address: string): Promise<Refusal | null> {
    return this.#consume(this.#enrolments, address, 'rate.limited', 'too many enrolments came from this address');
  }

  /** Counts a fetch of what a machine needs to join. */
  async download(address: string): Promise<Refusal | null> {
    return this.#consume(this.#downloads, address, 'rate.limited', 'too many downloads came from this address');
  }

  async #consume(
    limiter: RateLimiterMemory,
    address: string,
    code: 'auth.blocked' | 'rate.limited',
    message: string,
  ): Promise<Refusal | null> {
    try {
      await limiter.consume(address);
      return null;
    } catch (limit) {
      if (!(limit instanceof RateLimiterRes)) throw limit;
      return new Refusal(code, message, [], limit.msBeforeNext);
    }
  }
}
