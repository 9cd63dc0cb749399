// A stream on which nothing comes any more.

/** Aborts when nothing has come for too long. */
export class Silence {
  readonly #aborted = new AbortController();
  #timer: NodeJS.Timeout;

  constructor(private readonly ms: number) {
    this.#timer = this.#begin();
  }

  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Something came. */
  heard(): void {
    clearTimeout(this.#timer);
    if (!this.signal.aborted) this.#timer = this.#begin();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#aborted.abort();
  }

  #begin(): NodeJS.Timeout {
    return setTimeout(() => this.#aborted.abort(new DOMException('nothing came', 'TimeoutError')), this.ms);
  }
}
