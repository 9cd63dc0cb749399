// How fast the output of one attempt is stored: so many bytes a second after a burst. Debt is allowed, so that a piece larger than what
// is left waits for nothing but the time it costs.

export interface PaceSize {
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
}

export class Pace {
  #bytes: number;
  #at: number;

  constructor(
    private readonly size: PaceSize,
    now: number,
  ) {
    this.#bytes = size.burstBytes;
    this.#at = now;
  }

  /** How long to wait before more may be taken, ms; `now` never goes back. */
  waitMs(now: number): number {
    const { bytesPerSecond, burstBytes } = this.size;
    this.#bytes = Math.min(burstBytes, this.#bytes + ((now - this.#at) * bytesPerSecond) / 1000);
    this.#at = now;
    return this.#bytes > 0 ? 0 : Math.ceil(((1 - this.#bytes) * 1000) / bytesPerSecond);
  }

  take(bytes: number): void {
    this.#bytes -= bytes;
  }
}
