// Counts what callers hold open at once, so that none uses up the hub.

import { LIMITS } from '@agentcom/schemas';
import { Refusal } from '../../core/decision.js';

const RETRY_AFTER_MS = 5_000;

/** Of requests that wait for something to happen. */
const WAITING = { all: LIMITS.waiters, perKey: LIMITS.waitersPerKey };

export function waitingShares(): Shares {
  return new Shares(WAITING, 'requests that wait');
}

export interface ShareLimits {
  readonly all: number;
  readonly perKey: number;
}

export class Shares {
  readonly #byKey = new Map<string, number>();
  #all = 0;

  /** `what` as in "too many … at once". */
  constructor(
    private readonly limits: ShareLimits,
    private readonly what: string,
  ) {}

  /** What gives the share back, once. */
  take(key: string): (() => void) | Refusal {
    const own = this.#byKey.get(key) ?? 0;
    if (own >= this.limits.perKey || this.#all >= this.limits.all) {
      return new Refusal('rate.limited', `too many ${this.what} at once`, [], RETRY_AFTER_MS);
    }
    this.#byKey.set(key, own + 1);
    this.#all++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#all--;
      const left = (this.#byKey.get(key) ?? 1) - 1;
      if (left > 0) this.#byKey.set(key, left);
      else this.#byKey.delete(key);
    };
  }
}
