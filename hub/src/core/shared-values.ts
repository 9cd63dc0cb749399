// Values that many tasks repeat, such as who submitted them and what they need, kept once.

import type { GivenSpec, RunLimits, StoredSpec } from './task/events.js';

/** Past this many distinct values the table begins anew: it saves memory and never costs much. */
const VALUES_MAX = 10_000;

export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();

  text(value: string): string {
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    if (this.#texts.size === VALUES_MAX) this.#texts.clear();
    this.#texts.set(value, value);
    return value;
  }

  /** `values` without line breaks. Never `values` itself, so that a list that is shared was made here. */
  list(values: readonly string[]): readonly string[] {
    const key = values.join('\n');
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    if (this.#lists.size === VALUES_MAX) this.#lists.clear();
    const shared = [...values];
    this.#lists.set(key, shared);
    return shared;
  }

  /** A new task's spec, which the event that submits it keeps, too: where it was made here, it is in the form already. */
  submitted(spec: StoredSpec): StoredSpec {
    return this.list(spec.needs) === spec.needs ? spec : this.spec(spec);
  }

  /** The same spec in one form whatever it was made from, so that all specs share few hidden classes. */
  spec(spec: StoredSpec): StoredSpec {
    return this.filled(spec, spec);
  }

  /**
   * A spec in that form, with those of `limits` that it lacks. What every task has is written out field by field: a spread with more fields
   * behind it takes microseconds.
   */
  filled(given: GivenSpec, limits: RunLimits): StoredSpec {
    const { title, prompt, lane, needs, maxAttempts, runTimeoutMs, ...rest } = given;
    const plain = {
      title,
      prompt,
      lane,
      needs: this.list(needs),
      // As small integers, which take no room of their own, whatever arithmetic they came from.
      maxAttempts: (maxAttempts ?? limits.maxAttempts) | 0,
      runTimeoutMs: (runTimeoutMs ?? limits.runTimeoutMs) | 0,
    };
    return Object.keys(rest).length === 0 ? plain : Object.assign(plain, rest);
  }
}
