// Reads the stored messages of a stream in order, up to where it ends while being read.

import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';

/** Messages asked for ahead of the reader; at the largest batch size this is about 100 MiB, usually far less. */
const AHEAD_MESSAGES = 128;
/** Without a message for so long, either the server does not answer or it cannot read its own files. */
const STALL_MS = 2_000;

/** Messages are said to be pending behind `after`, and none comes: what a server does with a damaged block of a stream. */
export class StreamStalled extends Error {
  override readonly name = 'StreamStalled';
  constructor(
    stream: string,
    readonly after: number,
  ) {
    super(`stream ${stream} cannot be read behind message ${after}: nothing comes for ${STALL_MS / 1000} s`);
  }
}

export interface ReadOptions {
  readonly js: JetStreamClient;
  readonly stream: string;
  /** First sequence wanted; reading starts at the first one there is at or after it. */
  readonly from: number;
  readonly subject?: string;
  readonly headersOnly?: boolean;
}

/**
 * Hands out every message from `from` to the end. The end is where nothing was pending behind a message as it was sent,
 * which is never earlier than what the stream's info said before. Throws StreamStalled when no message comes.
 */
export async function* readStream(options: ReadOptions): AsyncGenerator<JsMsg, void, undefined> {
  const consumer = await options.js.consumers.get(options.stream, {
    opt_start_seq: Math.max(1, options.from),
    ...(options.subject === undefined ? {} : { filter_subjects: options.subject }),
    ...(options.headersOnly === true ? { headers_only: true } : {}),
  });
  try {
    if ((await consumer.info(true)).num_pending === 0) return;
    const messages = await consumer.consume({ max_messages: AHEAD_MESSAGES });
    let after = options.from - 1;
    let heardMs = performance.now();
    const watchdog = setInterval(() => {
      if (performance.now() - heardMs > STALL_MS) messages.stop(new StreamStalled(options.stream, after));
    }, STALL_MS / 10);
    try {
      for await (const message of messages) {
        after = message.seq;
        const isLast = message.info.pending === 0;
        yield message;
        if (isLast) return;
        heardMs = performance.now();
      }
    } finally {
      clearInterval(watchdog);
      messages.stop();
    }
    throw new Error(`stream ${options.stream} cannot be read: the connection closed`);
  } finally {
    consumer.delete().catch(() => false);
  }
}

/** The raw bytes stored at `seq`, or null when there is no such message or the server cannot read it. */
export async function readMessage(jsm: JetStreamManager, stream: string, seq: number): Promise<Uint8Array | null> {
  const message = await jsm.streams.getMessage(stream, { seq });
  return message === null ? null : message.data;
}
