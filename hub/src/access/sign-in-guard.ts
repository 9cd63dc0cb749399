// Guessing passwords must not pay: whoever guessed wrong a few times waits, and longer each time.

import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Refusal } from '../core/decision.js';

/** Wrong passwords for one account from one address, and from all, before there is a wait. */
const FREE_HERE = 5;
const FREE_EVERYWHERE = 50;
const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 3_600;
/** Wrong ones count for so long. */
const REMEMBERED_SECONDS = 24 * 3_600;

/**
 * Counted by account and address, so that a stranger's guesses do not lock out whoever owns the account. Only guesses from very many places do,
 * and a link that signs in still works then.
 */
export class SignInGuard {
  readonly #failures = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: REMEMBERED_SECONDS });
  readonly #waits = new RateLimiterMemory({ points: 1, duration: 0 });

  /** A refusal while this account is not to be tried from there. */
  async refuse(account: string, address: string): Promise<Refusal | undefined> {
    const waits = await Promise.all(placesOf(account, address).map(({ place }) => this.#waits.get(place)));
    const msLeft = Math.max(0, ...waits.map((wait) => (wait === null ? 0 : wait.msBeforeNext)));
    if (msLeft === 0) return undefined;
    return new Refusal('auth.blocked', 'too many wrong passwords for this account', [], msLeft);
  }

  async failed(account: string, address: string): Promise<void> {
    for (const { place, free } of placesOf(account, address)) {
      const { consumedPoints } = await this.#failures.penalty(place, 1);
      if (consumedPoints < free) continue;
      const seconds = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (consumedPoints - free));
      await this.#waits.block(place, seconds);
    }
  }

  async succeeded(account: string, address: string): Promise<void> {
    await this.#failures.delete(placesOf(account, address)[0].place);
  }
}

interface Place {
  readonly place: string;
  readonly free: number;
}

function placesOf(account: string, address: string): readonly [Place, Place] {
  return [
    { place: JSON.stringify([account, address]), free: FREE_HERE },
    { place: account, free: FREE_EVERYWHERE },
  ];
}
