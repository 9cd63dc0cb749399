// How often things happened in each minute of the last hour, for one organisation. A minute in which nothing happened takes no room.

import { FAILURE_CLASSES, LANES } from '@agentcom/schemas';

/** What is counted; classes of failures and lanes have a place for each. */
const FIXED = { completed: 0, empty: 1, dead: 2, assigned: 3, overloaded: 4, failed: 5 } as const;
const ARRIVED = FIXED.failed + FAILURE_CLASSES.length;
const LEFT = ARRIVED + LANES.length;
const WIDTH = LEFT + LANES.length;

export const COUNTED = { ...FIXED, arrived: ARRIVED, left: LEFT } as const;

/** Enough for a window of an hour that began within a minute. */
const MINUTES_KEPT = 61;
const MINUTE_MS = 60_000;

/** The minute since 1970, and its counts. */
export type MinuteCounts = readonly [minute: number, counts: number[]];

export class Counts {
  /** Oldest first. */
  readonly #minutes: MinuteCounts[];

  constructor(minutes: readonly MinuteCounts[] = []) {
    this.#minutes = [...minutes];
  }

  /** `at` never goes back by more than the minute it is in, ms. */
  add(place: number, at: number): void {
    const minute = Math.floor(at / MINUTE_MS);
    const newest = this.#minutes[this.#minutes.length - 1];
    const counts = newest === undefined || newest[0] < minute ? this.#begin(minute) : newest[1];
    counts[place] = (counts[place] as number) + 1;
  }

  /** Over the last so many minutes, and the part of a minute in which they began. */
  sum(place: number, now: number, minutes: number, width = 1): number {
    const from = Math.floor(now / MINUTE_MS) - minutes;
    let sum = 0;
    for (let i = this.#minutes.length - 1; i >= 0; i--) {
      const [minute, counts] = this.#minutes[i] as MinuteCounts;
      if (minute < from) break;
      for (let at = place; at < place + width; at++) sum += counts[at] as number;
    }
    return sum;
  }

  dump(): readonly MinuteCounts[] {
    return this.#minutes;
  }

  #begin(minute: number): number[] {
    const counts = new Array<number>(WIDTH).fill(0);
    this.#minutes.push([minute, counts]);
    while ((this.#minutes[0]?.[0] ?? minute) <= minute - MINUTES_KEPT) this.#minutes.shift();
    return counts;
  }
}
