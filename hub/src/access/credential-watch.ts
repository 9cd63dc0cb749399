// Ends what a key or session holds open, sockets and streams, at once when it is revoked or expires, its agent is removed, or its person
// has another role.

import type { Scheduler } from '@agentcom/schemas';
import type { Change } from '../core/change.js';
import type { Caller } from './authenticate.js';

/** As the feed tells durable changes. */
export interface ChangeSource {
  subscribe(
    options: { readonly org?: string },
    subscriber: {
      changes(batch: { readonly changes: readonly Change[] }): void;
      resync(): void;
    },
  ): () => void;
}

export interface CredentialWatchParts {
  readonly feed: ChangeSource;
  readonly scheduler: Scheduler;
  /** ms; the hub's own time. */
  readonly now: () => number;
  /** Whether the key or session of this id can still be used. */
  readonly isLive: (credential: string) => boolean;
  /** A holder could not be ended. */
  readonly onFailed: (error: unknown) => void;
}

type Watched = Pick<Caller, 'credential' | 'by' | 'org' | 'agent' | 'person' | 'expiresAt'>;

interface Holder {
  readonly caller: Watched;
  /** Has it end then. */
  expiresAt: number | undefined;
  readonly end: () => void;
  /** Has it end when the key expires. */
  readonly arm: () => void;
}

export class CredentialWatch {
  readonly #parts: CredentialWatchParts;
  readonly #holders = new Map<string, Set<Holder>>();

  constructor(parts: CredentialWatchParts) {
    this.#parts = parts;
    parts.feed.subscribe({}, { changes: ({ changes }) => this.#changed(changes), resync: () => this.#resync() });
  }

  /** Calls `end` once when the key has ended, unless what is returned is called before. */
  watch(caller: Watched, end: () => void): () => void {
    const { credential } = caller;
    const holders = this.#holders.get(credential) ?? new Set();
    this.#holders.set(credential, holders);
    const forget = (): void => {
      cancel();
      holders.delete(holder);
      if (holders.size === 0 && this.#holders.get(credential) === holders) this.#holders.delete(credential);
    };
    const { scheduler, now, onFailed } = this.#parts;
    let cancel = (): void => undefined;
    const holder: Holder = {
      caller,
      expiresAt: caller.expiresAt,
      end: () => {
        forget();
        try {
          end();
        } catch (error) {
          onFailed(error);
        }
      },
      arm: () => {
        cancel();
        const { expiresAt } = holder;
        if (expiresAt !== undefined) cancel = scheduler.after(Math.max(1, expiresAt - now()), holder.end);
      },
    };
    holders.add(holder);
    holder.arm();
    return forget;
  }

  #changed(changes: readonly Change[]): void {
    if (this.#holders.size === 0) return;
    for (const { event } of changes) {
      if (event.type === 'key.revoked') this.#end(event.key);
      else if (event.type === 'session.ended' || event.type === 'session.switched') this.#end(event.session);
      // A member comes back with the role that it has now.
      else if (event.type === 'member.changed' || event.type === 'member.removed')
        this.#endWhere(({ org, person }) => person === event.person && org === event.org);
      else if (event.type === 'key.rotated') this.#limit(event.key, event.expiresAt);
      else if (event.type === 'clock.jumped') this.#armAll();
      else if (event.type === 'agent.removed')
        this.#endWhere(({ org, agent }) => agent === event.agent && org === event.org);
    }
  }

  #resync(): void {
    for (const key of [...this.#holders.keys()]) if (!this.#parts.isLive(key)) this.#end(key);
  }

  /** The hub's time is another one than the timers were set for. */
  #armAll(): void {
    for (const holders of this.#holders.values()) for (const holder of holders) holder.arm();
  }

  #end(credential: string): void {
    for (const holder of [...(this.#holders.get(credential) ?? [])]) holder.end();
  }

  /** Also what sessions hold that the key began. */
  #limit(key: string, expiresAt: number): void {
    for (const holders of this.#holders.values()) {
      for (const holder of holders) {
        if (holder.caller.by !== `key:${key}`) continue;
        holder.expiresAt = Math.min(holder.caller.expiresAt ?? expiresAt, expiresAt);
        holder.arm();
      }
    }
  }

  #endWhere(isMeant: (caller: Watched) => boolean): void {
    for (const holders of [...this.#holders.values()]) {
      for (const holder of [...holders]) if (isMeant(holder.caller)) holder.end();
    }
  }
}
