// The tail of a journal: each batch as it is stored, checked to continue the one before.

import type { JetStreamClient } from '@nats-io/jetstream';
import type { JournalHead, StoredBatch } from '../../coordinator/ports.js';
import { consume } from '../../jetstream/consume.js';
import { decode } from './codec.js';

const AHEAD_MESSAGES = 64;

/** Calls `onBatch` for each batch behind `after` until the returned function is called, or `onBroken`, once, with what ended it. */
export function followStream(
  js: JetStreamClient,
  stream: string,
  after: JournalHead,
  onBatch: (batch: StoredBatch) => void,
  onBroken: (error: Error) => void,
): () => void {
  const stopped = new AbortController();
  tail(js, stream, after, onBatch, stopped.signal).catch((error: unknown) => {
    if (!stopped.signal.aborted) onBroken(error instanceof Error ? error : new Error(String(error)));
  });
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
  const messages = consume({ js, stream, from: head.seq + 1, live: true, signal, aheadMessages: AHEAD_MESSAGES });
  for await (const message of messages) {
    const batch = decode(message.data, message.seq, head);
    head = batch.head;
    onBatch(batch);
  }
}
