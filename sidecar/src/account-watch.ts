// Remembers which accounts of this machine cannot be used for now. A restart forgets it: then each is tried again.

import type { RunnerKind, SidecarSettings } from '@agentcom/schemas';
import { chooseAccount } from './core/accounts.js';
import type { AccountChoice, SpentAccount } from './core/attempt.js';
import type { Job } from './core/job-model.js';

type RunnerSettings = Pick<SidecarSettings['runner'], 'kind' | 'accounts'>;

/** For a limit whose end is not known, and for an account that is signed out. */
const UNKNOWN_MS = 15 * 60_000;
/** No limit is believed to last longer. */
const LIMIT_MS_MAX = 31 * 24 * 3_600_000;

export class AccountWatch {
  readonly #runner: RunnerSettings;
  readonly #now: () => number;
  /** By kind, then by name. */
  readonly #heldBack = new Map<RunnerKind, Map<string, number>>();

  /** `now` is the time of the day, in ms since 1970. */
  constructor(runner: RunnerSettings, now: () => number) {
    this.#runner = runner;
    this.#now = now;
  }

  /** Undefined for a kind without several accounts. `preferred`: that of the session to go on with. */
  choose(kind: RunnerKind, preferred?: string): AccountChoice | undefined {
    const { accounts, kind: usual } = this.#runner;
    const [first, ...rest] = accounts.filter((one) => (one.kind ?? usual) === kind).map(({ name }) => name);
    if (first === undefined) return undefined;
    return chooseAccount([first, ...rest], this.#heldBack.get(kind) ?? new Map(), this.#now(), preferred);
  }

  /** Of a job as it was and as it is now. */
  follow(before: Job | null, { runner: { kind }, spent }: Job): void {
    for (const one of spent.slice(before?.spent.length ?? 0)) {
      const held = this.#heldBack.get(kind) ?? new Map<string, number>();
      this.#heldBack.set(kind, held.set(one.name, this.#endOf(one)));
    }
  }

  #endOf({ resetsAt }: SpentAccount): number {
    const now = this.#now();
    const end = resetsAt === null ? Number.NaN : Date.parse(resetsAt);
    return Number.isNaN(end) ? now + UNKNOWN_MS : Math.min(end, now + LIMIT_MS_MAX);
  }
}
