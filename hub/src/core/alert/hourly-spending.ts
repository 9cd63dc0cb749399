// What an organisation has spent in each hour of the last week, each currency by itself. An hour without a cost takes no room.

const HOUR_MS = 3_600_000;
/** A week, and the hour that is held against it. */
const HOURS_KEPT = 7 * 24 + 1;

/** The hour since 1970, and millionths by currency. */
export type HourCosts = readonly [hour: number, cost: Record<string, number>];

export class HourlySpending {
  /** Oldest first. */
  readonly #hours: HourCosts[];

  constructor(hours: readonly HourCosts[] = []) {
    this.#hours = hours.map(([hour, cost]) => [hour, { ...cost }]);
  }

  /** `at` never goes back by more than the hour it is in, ms. */
  add(cost: Readonly<Record<string, number>>, at: number): void {
    for (const currency in cost) {
      const own = this.#at(Math.floor(at / HOUR_MS));
      own[currency] = (own[currency] ?? 0) + (cost[currency] as number);
    }
  }

  /** In the hour that `now` is in. */
  now(now: number): Readonly<Record<string, number>> {
    const newest = this.#hours.at(-1);
    return newest?.[0] === Math.floor(now / HOUR_MS) ? newest[1] : {};
  }

  /** Of the hours of the week before in which something was spent. */
  before(currency: string, now: number): number[] {
    const hour = Math.floor(now / HOUR_MS);
    return this.#hours.flatMap(([one, cost]) => {
      const micros = one < hour && one > hour - HOURS_KEPT ? (cost[currency] ?? 0) : 0;
      return micros > 0 ? [micros] : [];
    });
  }

  dump(): readonly HourCosts[] {
    return this.#hours;
  }

  #at(hour: number): Record<string, number> {
    const newest = this.#hours.at(-1);
    if (newest !== undefined && newest[0] >= hour) return newest[1];
    const begun: HourCosts = [hour, {}];
    this.#hours.push(begun);
    while ((this.#hours[0]?.[0] ?? hour) <= hour - HOURS_KEPT) this.#hours.shift();
    return begun[1];
  }
}
