// All alerts and silences, as decisions look them up.

import type { NoiseReason } from '@agentcom/schemas';
import { type Alert, alertKey } from './alert.js';
import type { Silence } from './silence.js';

/** Alerts of one organisation and rule that are over and can still be looked at, and of all together. */
export const RESOLVED_KEPT = 50;
const RESOLVED_KEPT_IN_ALL = 10_000;
/** How long they can, ms. */
export const RESOLVED_KEPT_MS = 7 * 24 * 3_600_000;

export type NoiseCounts = Partial<Record<NoiseReason, number>>;

export class Alerts {
  /** Pending and firing, by `alertKey`. */
  readonly open = new Map<string, Alert>();
  readonly byId = new Map<string, Alert>();
  /** By `alertKey`, in the order in which they were resolved. */
  readonly resolved = new Map<string, readonly Alert[]>();
  /** By id, oldest first. */
  readonly silences = new Map<string, Silence>();
  /** How often alerts were marked as noise, by `alertKey`. */
  readonly noise = new Map<string, NoiseCounts>();
  #resolvedCount = 0;

  /** Adds an alert, or puts it in the place of the one with its id. */
  put(alert: Alert): void {
    const key = alertKey(alert);
    const before = this.byId.get(alert.id);
    this.byId.set(alert.id, alert);
    if (alert.state !== 'resolved') return void this.open.set(key, alert);
    const kept = this.resolved.get(key) ?? [];
    if (before?.state === 'resolved') {
      this.resolved.set(
        key,
        kept.map((one) => (one.id === alert.id ? alert : one)),
      );
      return;
    }
    if (before !== undefined) this.open.delete(key);
    this.resolved.set(key, [...kept, alert]);
    this.#resolvedCount++;
    this.#forget(key, alert.resolvedAt ?? 0);
  }

  /** Forgets one that never fired. */
  drop(alert: Alert): void {
    this.open.delete(alertKey(alert));
    this.byId.delete(alert.id);
  }

  /** Those of one organisation and rule that are over, oldest first. */
  resolvedOf(key: string): readonly Alert[] {
    return this.resolved.get(key) ?? [];
  }

  #forget(key: string, now: number): void {
    const kept = this.resolvedOf(key);
    this.#forgetFirst(
      key,
      kept.findIndex(
        ({ resolvedAt = 0 }, i) => kept.length - i <= RESOLVED_KEPT && resolvedAt + RESOLVED_KEPT_MS > now,
      ),
    );
    // Whoever has had none for the longest time comes first.
    for (const [other, list] of this.resolved) {
      if (this.#resolvedCount <= RESOLVED_KEPT_IN_ALL) return;
      this.#forgetFirst(other, Math.min(list.length, this.#resolvedCount - RESOLVED_KEPT_IN_ALL));
    }
  }

  /** Of one organisation and rule, and has it go last. */
  #forgetFirst(key: string, count: number): void {
    const kept = this.resolvedOf(key);
    for (const { id } of kept.slice(0, count)) this.byId.delete(id);
    this.#resolvedCount -= Math.min(count, kept.length);
    this.resolved.delete(key);
    const rest = kept.slice(count);
    if (rest.length > 0) this.resolved.set(key, rest);
  }
}
