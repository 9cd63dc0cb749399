// Counts what callers hold open at once, so that none uses up the hub: neither a key nor an organisation with many keys.

import { LIMITS } from '@agentcom/schemas';
import { Refusal } from '../../core/refusal.js';

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

/** Whose share it is: a caller, or an address that shows no key. */
export interface Holder {
  readonly credential: string;
  readonly org: string;
}

interface Share {
  readonly end: (why: Refusal) => void;
  readonly leave: () => void;
}

export class Shares {
  readonly #byKey = new Map<string, number>();
  /** Each organisation's, the oldest first. */
  readonly #byOrg = new Map<string, Set<Share>>();
  #all = 0;

  /** `what` as in "too many … at once". */
  constructor(
    private readonly limits: ShareLimits,
    private readonly what: string,
  ) {}

  /** What gives the share back, once. Its holder is told by `end` when it has to give way to an organisation that holds fewer. */
  take({ credential, org }: Holder, end: (why: Refusal) => void): (() => void) | Refusal {
    const own = this.#byKey.get(credential) ?? 0;
    if (own >= this.limits.perKey || (this.#all >= this.limits.all && !this.#makeRoom(org))) return this.#tooMany();
    const ofOrg = this.#byOrg.get(org) ?? new Set();
    const leave = (): void => {
      if (!ofOrg.delete(share)) return;
      this.#all--;
      if (ofOrg.size === 0) this.#byOrg.delete(org);
      const left = (this.#byKey.get(credential) ?? 1) - 1;
      if (left > 0) this.#byKey.set(credential, left);
      else this.#byKey.delete(credential);
    };
    const share: Share = { end, leave };
    this.#byOrg.set(org, ofOrg.add(share));
    this.#byKey.set(credential, own + 1);
    this.#all++;
    return leave;
  }

  /** The organisation that holds most gives way with its oldest, unless `org` would then hold as much as it. */
  #makeRoom(org: string): boolean {
    const most = [...this.#byOrg.values()].reduce((one, other) => (other.size > one.size ? other : one));
    const [oldest] = most;
    if (oldest === undefined || most.size <= (this.#byOrg.get(org)?.size ?? 0) + 1) return false;
    oldest.leave();
    oldest.end(this.#tooMany());
    return true;
  }

  #tooMany(): Refusal {
    return new Refusal('rate.limited', `too many ${this.what} at once`, [], RETRY_AFTER_MS);
  }
}
