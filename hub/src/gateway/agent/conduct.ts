// How a sidecar behaves: every frame takes a token, whatever is in it, and what is refused for its form or its rate counts against it.

import type { Limits, Taken } from '../../access/limits.js';

/** Violations before the socket is closed; one is forgiven each second. */
const VIOLATIONS = 100;
const FORGIVEN_EVERY_MS = 1_000;

export class Conduct {
  readonly #limits: Limits;
  readonly #agent: string;
  #violations = 0;
  #violatedAt = 0;

  constructor(limits: Limits, agent: string) {
    this.#limits = limits;
    this.#agent = agent;
  }

  /** For each frame; `now` in ms. */
  take(now: number): Taken {
    return this.#limits.take('frames', this.#agent, now);
  }

  /** Counts a violation; true when there were too many. */
  violated(now: number): boolean {
    const forgiven = (now - this.#violatedAt) / FORGIVEN_EVERY_MS;
    this.#violations = Math.max(0, this.#violations - forgiven) + 1;
    this.#violatedAt = now;
    return this.#violations >= VIOLATIONS;
  }
}
