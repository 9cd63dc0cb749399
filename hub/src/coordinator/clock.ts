// The hub's time: wall time at the start, then elapsed time, never going back. A wall clock that moved on its own (set by hand, a
// machine that slept) is noticed and becomes a decision, so that grace periods and `notBefore` can follow it.

/** Differences up to this are drift and ignored, ms. */
const JUMP_MS = 10_000;
/** Far below the silence after which another hub takes the lead, ms. */
const SLEEP_MS = 1_000;

export interface ClockSource {
  /** Wall time, ms since the epoch. */
  readonly wall: () => number;
  /** Elapsed time from an arbitrary origin, ms; stands still while the machine sleeps. */
  readonly elapsed: () => number;
}

export interface Jump {
  readonly forwardMs: number;
  readonly wallOffsetMs: number;
}

export class Clock {
  readonly #source: ClockSource;
  #base: number;
  #lastAhead: number;

  constructor(source: ClockSource) {
    this.#source = source;
    this.#base = source.wall() - source.elapsed();
    this.#lastAhead = this.#base;
  }

  /** Now, in whole ms since the epoch. */
  now(): number {
    return Math.floor(this.#base + this.#source.elapsed());
  }

  /** Goes on from `at` if it is ahead: a journal may have been written while the wall clock was ahead of today's. */
  atLeast(at: number): void {
    this.#base += Math.max(0, at - this.now());
  }

  /** Whether wall and elapsed time have parted since this was last asked: others may have lived through time that we did not. */
  mayHaveSlept(): boolean {
    const ahead = this.#source.wall() - this.#source.elapsed();
    const parted = Math.abs(ahead - this.#lastAhead) > SLEEP_MS;
    this.#lastAhead = ahead;
    return parted;
  }

  /** Follows a wall clock that jumped ahead and says how far; `wallOffsetMs` is the offset known so far. Null when nothing jumped. */
  jump(wallOffsetMs: number): Jump | null {
    const now = this.now();
    const wall = this.#source.wall();
    if (Math.abs(wall - (now + wallOffsetMs)) <= JUMP_MS) return null;
    const forwardMs = Math.max(0, wall - now);
    this.#base += forwardMs;
    return { forwardMs, wallOffsetMs: Math.min(0, wall - now) };
  }
}

export const systemClock: ClockSource = { wall: () => Date.now(), elapsed: () => performance.now() };
