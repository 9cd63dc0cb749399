// What the clock of this machine does: whether it agrees with the hub's, and whether the machine has slept.

import type { LogWriter } from '@agentcom/schemas';

/** Differences below are the way of the answer, or drift. */
const SKEW_MS = 5_000;
const LOOK_MS = 5_000;
/** A clock that is corrected moves by less at a time. */
const SLEPT_MS = 3_000;

export interface ClockSource {
  /** ms since the epoch */
  readonly wall: () => number;
  /** From an arbitrary origin, ms; stands still while the machine sleeps. */
  readonly elapsed: () => number;
}

export class ClockWatch {
  #timer: NodeJS.Timeout | undefined;
  #saidSkewMs = 0;
  #wall = 0;
  #elapsed = 0;

  constructor(
    private readonly source: ClockSource,
    private readonly log: LogWriter,
  ) {}

  /** `woke` is told within 5 s after the machine has slept, or this process stood still. */
  start(woke: () => void): void {
    this.look();
    this.#timer = setInterval(() => this.look() && woke(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether there was a time since it last looked in which nothing ran. */
  look(): boolean {
    const [wall, elapsed] = [this.source.wall(), this.source.elapsed()];
    const [wallMs, elapsedMs] = [wall - this.#wall, elapsed - this.#elapsed];
    this.#wall = wall;
    this.#elapsed = elapsed;
    return wallMs - elapsedMs > SLEPT_MS || elapsedMs > LOOK_MS + SLEPT_MS;
  }

  /** The hub's time as it has just told it. Said once, and again when it has changed. */
  compare(hubTime: string): void {
    const skewMs = this.source.wall() - Date.parse(hubTime);
    if (!Number.isFinite(skewMs)) return;
    const [isOff, wasOff] = [skewMs, this.#saidSkewMs].map((ms) => Math.abs(ms) > SKEW_MS);
    if (!isOff && !wasOff) return;
    if (isOff && Math.abs(skewMs - this.#saidSkewMs) <= SKEW_MS) return;
    this.#saidSkewMs = isOff ? skewMs : 0;
    if (!isOff) return this.log.info({}, "this machine's clock agrees with the hub's again");
    const way = skewMs > 0 ? 'ahead of' : 'behind';
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    this.log.warn({ skewMs }, `this machine's clock is ${seconds} s ${way} the hub's; synchronise both with NTP`);
  }
}
