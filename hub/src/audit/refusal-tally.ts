// Keeps floods of refusals out of the audit log: the first of a kind is written at once, what follows within the minute is counted and written
// as one entry when the minute is over. What is more than so many kinds is counted together.

import type { AuditFact } from '@agentcom/schemas';
import { iso } from '../core/iso.js';
import type { StoredEntry } from './records.js';

export const WINDOW_MS = 60_000;
/** Kinds of refusals that are told apart within a minute. */
const KINDS = 60;

interface Kind {
  readonly fact: AuditFact;
  count: number;
  lastAt: number;
}

export class RefusalTally {
  readonly #kinds = new Map<string, Kind>();
  #omitted = 0;
  #since: number | undefined;

  /** When the minute is over, ms; undefined while there is none. */
  get endsAt(): number | undefined {
    return this.#since === undefined ? undefined : this.#since + WINDOW_MS;
  }

  /** The entry to write at once, if any. */
  add(fact: AuditFact, now: number): StoredEntry | undefined {
    this.#since ??= now;
    const { caller, address, action, route, code } = fact;
    const key = JSON.stringify([caller ?? address, action, route, code]);
    const kind = this.#kinds.get(key);
    if (kind !== undefined) {
      kind.count++;
      kind.lastAt = now;
      return undefined;
    }
    if (this.#kinds.size >= KINDS) {
      this.#omitted++;
      return undefined;
    }
    this.#kinds.set(key, { fact, count: 0, lastAt: now });
    return { at: iso(now), ...fact };
  }

  /** What was only counted. A new minute begins with the next refusal. */
  close(now: number): StoredEntry[] {
    const entries: StoredEntry[] = [];
    for (const { fact, count, lastAt } of this.#kinds.values()) {
      const { target: _target, traceId: _traceId, reason: _reason, ...common } = fact;
      if (count > 0) entries.push({ at: iso(lastAt), ...common, count });
    }
    if (this.#omitted > 0) entries.push(omittedEntry(this.#omitted, now));
    this.#kinds.clear();
    this.#omitted = 0;
    this.#since = undefined;
    return entries;
  }
}

/** Stands for entries that were not written. */
export function omittedEntry(count: number, now: number): StoredEntry {
  return { at: iso(now), action: 'public', route: 'audit.omitted', outcome: 'refused', count };
}
