// How the appends of this hub go: whether they are acknowledged, and since when they are not.

import type { AppendOutcome, LeadershipPhase } from './ports.js';

export class AppendHealth {
  #failure: string | undefined;
  #unacknowledgedSince: number | undefined;
  #acknowledgedAt: number | undefined;
  /** It has led, and has followed no other hub since. */
  #isInOffice = false;

  /** Why the last append may not have been stored; undefined when it was. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Since when something waits to be made durable; undefined while nothing does, or this hub has not led. */
  get unacknowledgedSince(): number | undefined {
    return this.#unacknowledgedSince;
  }

  /** When an append was last acknowledged. */
  get acknowledgedAt(): number | undefined {
    return this.#acknowledgedAt;
  }

  begin(now: number): void {
    if (this.#isInOffice) this.#unacknowledgedSince ??= now;
  }

  end(outcome: AppendOutcome, now: number): void {
    this.#failure = outcome.kind === 'unknown' ? outcome.reason : undefined;
    if (outcome.kind !== 'acked') return;
    this.#unacknowledgedSince = undefined;
    this.#acknowledgedAt = now;
  }

  enter(phase: LeadershipPhase): void {
    if (phase === 'leading') this.#isInOffice = true;
    if (phase !== 'following') return;
    this.#isInOffice = false;
    this.#unacknowledgedSince = undefined;
  }
}
