// What the snapshots make superfluous: older snapshots, and the batches before the oldest one kept.

import type { JetStreamManager } from '@nats-io/jetstream';
import type { Snapshots } from './snapshots.js';

/** Also how many places to start from there must be before the journal's beginning may go. */
export const SNAPSHOTS_KEPT = 3;

/** Call right after an acknowledged append only: a hub that has lost the lead must not erase anything. */
export async function compactJournal(jsm: JetStreamManager, stream: string, snapshots: Snapshots): Promise<void> {
  const all = await snapshots.list();
  const oldest = all[SNAPSHOTS_KEPT - 1];
  if (oldest === undefined) return;
  for (const info of all.slice(SNAPSHOTS_KEPT).reverse()) await snapshots.erase(info);
  await jsm.streams.purge(stream, { seq: oldest.head.seq });
}
