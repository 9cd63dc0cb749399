// How often the hub's own nats-server ended of late, or did not start, though nobody wanted it to.

const WINDOW_MS = 15 * 60_000;
const KEPT = 100;

export interface RecentEndings {
  readonly times: number;
  /** The last one, in a few words. */
  readonly how: string;
}

export class Endings {
  /** Oldest first. */
  #kept: readonly { readonly at: number; readonly how: string }[] = [];

  note(how: string, now: number): void {
    this.#kept = [...this.#kept, { at: now, how }].slice(-KEPT);
  }

  /** Undefined while there is none within the last quarter of an hour. */
  recent(now: number): RecentEndings | undefined {
    const recent = this.#kept.filter(({ at }) => now - at < WINDOW_MS);
    const last = recent.at(-1);
    return last && { times: recent.length, how: last.how };
  }
}
