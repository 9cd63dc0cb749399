// Follows a stream from its beginning for as long as the hub runs, through restarts of NATS, and knows how far it has come.

import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';

const AHEAD_MESSAGES = 256;
/** Also how long the client waits before it looks again for a consumer that a restarted server has forgotten. */
const PULL_MS = 2_000;
const AGAIN_MS = 1_000;

export interface FeedOptions {
  readonly js: JetStreamClient;
  readonly stream: string;
  readonly headersOnly: boolean;
  readonly onMessage: (message: JsMsg) => void;
  readonly onBroken: (error: unknown) => void;
}

export class StreamFollower {
  readonly #options: FeedOptions;
  readonly #stopped = new AbortController();
  #seq = 0;
  #waiting: { readonly seq: number; readonly resolve: () => void }[] = [];
  #caughtUp: () => void = () => undefined;
  /** Resolves once everything that was there at the beginning has been read. */
  readonly caughtUp: Promise<void>;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.caughtUp = new Promise((resolve) => {
      this.#caughtUp = resolve;
    });
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Resolves once the message `seq` has been handed out, or after `withinMs`. */
  async reached(seq: number, withinMs: number): Promise<void> {
    if (this.#seq >= seq) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      const told = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push({ seq, resolve: told });
    });
    this.#waiting = this.#waiting.filter((one) => one.seq > this.#seq);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        if (!signal.aborted) this.#options.onBroken(error);
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { js, stream, headersOnly } = this.#options;
    const consumer = await js.consumers.get(stream, { opt_start_seq: this.#seq + 1, headers_only: headersOnly });
    try {
      if ((await consumer.info(true)).num_pending === 0) this.#caughtUp();
      if (signal.aborted) return;
      const messages = await consumer.consume({ max_messages: AHEAD_MESSAGES, expires: PULL_MS });
      const stop = () => messages.stop();
      signal.addEventListener('abort', stop);
      try {
        for await (const message of messages) {
          if (signal.aborted) return;
          this.#options.onMessage(message);
          this.#passed(message.seq);
          if (message.info.pending === 0) this.#caughtUp();
        }
      } finally {
        signal.removeEventListener('abort', stop);
        messages.stop();
      }
    } finally {
      consumer.delete().catch(() => false);
    }
  }

  #passed(seq: number): void {
    this.#seq = seq;
    for (const one of this.#waiting) if (one.seq <= seq) one.resolve();
  }
}
