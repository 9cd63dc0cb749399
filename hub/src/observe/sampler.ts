// Lets one of many equal things through in a while, and says how many it kept back: for the log of what happens all the time.

import { LRUCache } from 'lru-cache';

const EVERY_MS = 60_000;
/** Those not seen for longest are forgotten, and let through again. */
const REMEMBERED = 4_096;

interface Seen {
  readonly at: number;
  omitted: number;
}

export class Sampler {
  readonly #seen = new LRUCache<string, Seen>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  /** How many of `key` were kept back before this one; undefined when it is to be kept back too. `now` in ms. */
  take(key: string, now: number): number | undefined {
    const seen = this.#seen.get(key);
    if (seen !== undefined && now - seen.at < EVERY_MS) {
      seen.omitted++;
      return undefined;
    }
    this.#seen.set(key, { at: now, omitted: 0 });
    return seen?.omitted ?? 0;
  }
}
