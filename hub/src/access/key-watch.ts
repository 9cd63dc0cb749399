// Ends what a key holds open, sockets and streams, at once when the key is revoked or expires, or its agent is removed.

import type { Scheduler } from '@agentcom/schemas';
import { agentKey } from '../core/agent/agent.js';
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

export interface KeyWatchParts {
  readonly feed: ChangeSource;
  readonly scheduler: Scheduler;
  /** ms; the hub's own time. */
  readonly now: () => number;
  /** Whether the state has this key, neither revoked nor expired. */
  readonly isLive: (key: string) => boolean;
  /** A holder could not be ended. */
  readonly onFailed: (error: unknown) => void;
}

type Watched = Pick<Caller, 'key' | 'org' | 'agent' | 'expiresAt'>;

interface Holder {
  readonly caller: Watched;
  readonly end: () => void;
  /** Has it end when the key expires. */
  readonly arm: () => void;
}

export class KeyWatch {
  readonly #parts: KeyWatchParts;
  readonly #holders = new Map<string, Set<Holder>>();

  constructor(parts: KeyWatchParts) {
    this.#parts = parts;
    parts.feed.subscribe({}, { changes: ({ changes }) => this.#changed(changes), resync: () => this.#resync() });
  }

  /** Calls `end` once when the key has ended, unless what is returned is called before. */
  watch(caller: Watched, end: () => void): () => void {
    const { key, expiresAt } = caller;
    const holders = this.#holders.get(key) ?? new Set();
    this.#holders.set(key, holders);
    const forget = (): void => {
      cancel();
      holders.delete(holder);
      if (holders.size === 0 && this.#holders.get(key) === holders) this.#holders.delete(key);
    };
    const { scheduler, now, onFailed } = this.#parts;
    let cancel = (): void => undefined;
    const holder: Holder = {
      caller,
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
      else if (event.type === 'clock.jumped') this.#armAll();
      else if (event.type === 'agent.removed') this.#endOfAgent(agentKey(event.org, event.agent));
    }
  }

  #resync(): void {
    for (const key of [...this.#holders.keys()]) if (!this.#parts.isLive(key)) this.#end(key);
  }

  /** The hub's time is another one than the timers were set for. */
  #armAll(): void {
    for (const holders of this.#holders.values()) for (const holder of holders) holder.arm();
  }

  #end(key: string): void {
    for (const holder of [...(this.#holders.get(key) ?? [])]) holder.end();
  }

  #endOfAgent(removed: string): void {
    for (const [key, holders] of [...this.#holders]) {
      const [first] = holders;
      if (first?.caller.agent !== undefined && agentKey(first.caller.org, first.caller.agent) === removed)
        this.#end(key);
    }
  }
}
