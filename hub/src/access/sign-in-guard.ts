// Guessing the secret of somebody must not pay: whoever guessed wrong a few times waits, and longer each time.

import { LRUCache } from 'lru-cache';
import { Refusal } from '../core/refusal.js';
import { addressGroup } from './address-group.js';

/** Wrong secrets for one account from one address, and from all, before there is a wait. */
const FREE: Free = { here: 5, everywhere: 50 };
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;
/** Wrong ones count for so long, and so many places are remembered: strangers can name accounts without end. */
const REMEMBERED_MS = 24 * 3_600_000;
const PLACES_MAX = 50_000;

interface Guesses {
  wrong: number;
  waitUntil: number;
  lastAt: number;
}

interface Free {
  readonly here: number;
  readonly everywhere: number;
}

/** What is guessed, in words for whoever waits. */
type Guessed = (account: string) => string;

const ofPasswords: Guessed = () => 'too many wrong passwords for this account';

/**
 * Counted by account and address, so that a stranger's guesses do not lock out whoever owns the account. Only guesses from very many places do,
 * and a link that signs in still works then.
 */
export class SignInGuard {
  readonly #now: () => number;
  readonly #guessed: Guessed;
  readonly #free: Free;
  readonly #places = new LRUCache<string, Guesses>({ max: PLACES_MAX });

  /** `now` in ms. */
  constructor(now: () => number, guessed: Guessed = ofPasswords, free = FREE) {
    this.#now = now;
    this.#guessed = guessed;
    this.#free = free;
  }

  /** A refusal while this account is not to be tried from there. */
  refuse(account: string, address: string): Refusal | undefined {
    const now = this.#now();
    const waits = this.#placesOf(account, address).map(({ place }) => (this.#places.get(place)?.waitUntil ?? 0) - now);
    const leftMs = Math.max(...waits);
    return leftMs <= 0 ? undefined : new Refusal('auth.blocked', this.#guessed(account), [], leftMs);
  }

  failed(account: string, address: string): void {
    const now = this.#now();
    for (const { place, free } of this.#placesOf(account, address)) {
      const known = this.#places.get(place);
      const before = known !== undefined && known.lastAt > now - REMEMBERED_MS ? known.wrong : 0;
      const wrong = before + 1;
      const waitMs = wrong < free ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (wrong - free));
      this.#places.set(place, { wrong, waitUntil: now + waitMs, lastAt: now });
    }
  }

  succeeded(account: string, address: string): void {
    this.#places.delete(this.#placesOf(account, address)[0].place);
  }

  #placesOf(account: string, address: string): readonly [Place, Place] {
    return [
      { place: JSON.stringify([account, addressGroup(address)]), free: this.#free.here },
      { place: account, free: this.#free.everywhere },
    ];
  }
}

interface Place {
  readonly place: string;
  readonly free: number;
}
