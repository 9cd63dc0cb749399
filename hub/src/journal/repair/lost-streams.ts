// A nats-server that cannot load a damaged stream says that there is none, and recreating it erases its files (seen with 2.15.1 after
// a kill and a flipped bit). So a store that was in use may not lose a stream without somebody deciding it.

import type { JetStreamManager } from '@nats-io/jetstream';
import { EMPTY_HEAD } from '../log/codec.js';
import type { HeadRecord } from '../log/head-record.js';
import type { SnapshotSource } from '../log/read-journal.js';
import { JournalRefused } from '../log/refused.js';

/** Call before missing streams are made. Throws JournalRefused when an end of the journal is recorded here and any of `streams` is missing. */
export async function refuseLostStreams(
  jsm: JetStreamManager,
  streams: readonly string[],
  snapshots: SnapshotSource,
  headRecord: HeadRecord,
): Promise<void> {
  if (headRecord.head === null) return;
  const present = new Set<string>();
  for await (const name of jsm.streams.names()) present.add(name);
  const lost = streams.filter((name) => !present.has(name));
  if (lost.length === 0) return;
  const [newest] = await snapshots.list().catch(() => []);
  const reason = `nats-server has lost its stream ${lost.join(', ')}; read its log and copy its files before you decide`;
  throw new JournalRefused('damaged', reason, newest?.head ?? EMPTY_HEAD, headRecord.head);
}
