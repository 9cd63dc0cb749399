// Recreates the journal's stream, so that it goes on at a chosen sequence.

import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import { isStreamMissing } from '../../jetstream/streams.js';

/**
 * The next message gets sequence `first`. Not by `first_seq` in the configuration: nats-server 2.10.27 empties such a stream at its
 * next restart (seen; 2.15.1 does not). A purge of the empty stream moves its numbers on both, and they stay.
 */
export async function recreateJournal(jsm: JetStreamManager, config: StreamConfig, first: number): Promise<void> {
  await jsm.streams.delete(config.name).catch(ifNotFound);
  const { first_seq: _first, ...rest } = config;
  await jsm.streams.add(rest);
  if (first > 1) await jsm.streams.purge(config.name, { seq: first });
}

function ifNotFound(error: unknown): boolean {
  if (isStreamMissing(error)) return false;
  throw error;
}
