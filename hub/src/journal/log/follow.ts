// The tail of a journal: each batch as it is stored, checked to continue the one before.

import type { JetStreamClient } from '@nats-io/jetstream';
import type { JournalHead, StoredBatch } from '../../coordinator/ports.js';
import { decode } from './codec.js';

const AHEAD_MESSAGES = 64;
/** Also how long the client waits before it looks again for a consumer that a restarted server has forgotten. */
const PULL_MS = 2_000;

/** Calls `onBatch` for each batch behind `after` until the returned function is called, or `onBroken`, once, with what ended it. */
export function followStream(
  js: JetStreamClient,
  stream: string,
  after: JournalHead,
  onBatch: (batch: StoredBatch) => void,
  onBroken: (error: Error) => void,
): () => void {
  const stopped = new AbortController();
  tail(js, stream, after, onBatch, stopped.signal).then(
    () => {
      if (!stopped.signal.aborted) onBroken(new Error(`stream ${stream} cannot be followed: the connection closed`));
    },
    (error: unknown) => {
      if (!stopped.signal.aborted) onBroken(error instanceof Error ? error : new Error(String(error)));
    },
  );
  return () => stopped.abort();
}

async function tail(
  js: JetStreamClient,
  stream: string,
  after: JournalHead,
  onBatch: (batch: StoredBatch) => void,
  signal: AbortSignal,
): Promise<void> {
  let head = after;
  const consumer = await js.consumers.get(stream, { opt_start_seq: head.seq + 1 });
  try {
    if (signal.aborted) return;
    const messages = await consumer.consume({ max_messages: AHEAD_MESSAGES, expires: PULL_MS });
    const stop = () => messages.stop();
    signal.addEventListener('abort', stop);
    try {
      for await (const message of messages) {
        if (signal.aborted) return;
        const batch = decode(message.data, message.seq, head);
        head = batch.head;
        onBatch(batch);
      }
    } finally {
      signal.removeEventListener('abort', stop);
      messages.stop();
    }
  } finally {
    consumer.delete().catch(() => false);
  }
}
