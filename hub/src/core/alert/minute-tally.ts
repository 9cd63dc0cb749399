// How often each of many did something in each of the last minutes, in memory. Bounded: those that did nothing for longest are forgotten.

const MINUTE_MS = 60_000;
/** Kept for each, the newest. */
const MINUTES_KEPT = 16;
const WHO_MAX = 4_096;

export class MinuteTally {
  /** By who, the least recently counted first: minutes and counts in turn, oldest first. */
  readonly #counts = new Map<string, number[]>();

  /** `now` never goes back by more than the minute it is in, ms. */
  note(who: string, now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    const own = this.#counts.get(who) ?? [];
    if (own[own.length - 2] === minute) own[own.length - 1] = (own[own.length - 1] as number) + 1;
    else own.push(minute, 1);
    if (own.length > 2 * MINUTES_KEPT) own.splice(0, 2);
    this.#counts.delete(who);
    this.#counts.set(who, own);
    if (this.#counts.size > WHO_MAX) this.#counts.delete(this.#counts.keys().next().value as string);
  }

  /** Of those that did it within the last so many minutes: how often, and in how many of these. */
  *within(
    minutes: number,
    now: number,
  ): Iterable<{ readonly who: string; readonly times: number; readonly minutes: number }> {
    const from = Math.floor(now / MINUTE_MS) - minutes;
    for (const [who, own] of this.#counts) {
      let times = 0;
      let active = 0;
      for (let i = own.length - 2; i >= 0 && (own[i] as number) > from; i -= 2) {
        times += own[i + 1] as number;
        active++;
      }
      if (active > 0) yield { who, times, minutes: active };
    }
  }
}
