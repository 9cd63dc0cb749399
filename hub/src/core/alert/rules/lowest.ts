// The lowest few of many, in order, without sorting all of them: a condition names twenty subjects, and there may be thousands.

export class Lowest<T> {
  readonly #max: number;
  readonly #keys: number[] = [];
  /** At most `max`; of equals those that came first. */
  readonly items: T[] = [];
  /** How many there were in all. */
  count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(key: number, item: T): void {
    this.count++;
    const keys = this.#keys;
    let place = keys.length;
    while (place > 0 && (keys[place - 1] as number) > key) place--;
    if (place === this.#max) return;
    keys.splice(place, 0, key);
    this.items.splice(place, 0, item);
    if (keys.length <= this.#max) return;
    keys.pop();
    this.items.pop();
  }
}
