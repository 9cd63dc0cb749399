// Follows a stream from its beginning for as long as the hub runs, through restarts of NATS, and knows how far it has come.

import { setTimeout as delay } from 'node:timers/promises';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { consume } from '../jetstream/consume.js';

const AGAIN_MS = 1_000;

export interface FollowerOptions {
  readonly js: JetStreamClient;
  readonly stream: string;
  readonly headersOnly: boolean;
  readonly onMessage: (message: JsMsg) => void;
  readonly onBroken: (error: unknown) => void;
}

export class StreamFollower {
  readonly #options: FollowerOptions;
  readonly #stopped = new AbortController();
  #seq = 0;
  #waiting: { readonly seq: number; readonly resolve: () => void }[] = [];
  #caughtUp: () => void = () => undefined;
  /** Resolves once everything that was there at the beginning has been read. */
  readonly caughtUp: Promise<void>;

  constructor(options: FollowerOptions) {
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
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push({ seq, resolve: done });
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
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { js, stream, headersOnly } = this.#options;
    const from = this.#seq + 1;
    const onCaughtUp = this.#caughtUp;
    const messages = consume({ js, stream, from, headersOnly, live: true, signal, onCaughtUp });
    for await (const message of messages) {
      this.#options.onMessage(message);
      this.#passed(message.seq);
    }
  }

  #passed(seq: number): void {
    this.#seq = seq;
    for (const one of this.#waiting) if (one.seq <= seq) one.resolve();
  }
}
