// A response that goes on: text as it comes, held back to the reader's pace. A reader that takes nothing for too long is dropped.

import { Readable } from 'node:stream';

const HELD_BYTES = 256 * 1024;
const STALLED_MS = 30_000;

export class SseStream extends Readable {
  #resumeWriter: (() => void) | undefined;
  #stalled: NodeJS.Timeout | undefined;
  readonly #gone = new AbortController();

  constructor(private readonly stalledMs = STALLED_MS) {
    super({ highWaterMark: HELD_BYTES, encoding: 'utf8' });
  }

  /** Aborted when the reader has left or was dropped. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves once there is room for more. Does nothing when the reader has left. */
  async write(text: string): Promise<void> {
    if (this.destroyed || text === '' || this.push(text)) return;
    await new Promise<void>((resolve) => {
      this.#stalled = setTimeout(() => this.destroy(), this.stalledMs);
      this.#resumeWriter = resolve;
    });
  }

  end(): void {
    if (!this.destroyed) this.push(null);
  }

  override _read(): void {
    this.#letWrite();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#gone.abort();
    this.#letWrite();
    done(error);
  }

  #letWrite(): void {
    clearTimeout(this.#stalled);
    const resume = this.#resumeWriter;
    this.#resumeWriter = undefined;
    resume?.();
  }
}

/** One server-sent event; `data` has no line ends of its own when it is JSON. */
export function serverSentEvent(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
