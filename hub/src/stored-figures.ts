// Figures about what a hub has stored, for its metrics.

import { bucketStream, type WholeStore } from './jetstream/names.js';

/** Bytes in JetStream, by what they hold. Empty while that cannot be asked. */
export async function streamBytes({ jsm, names }: WholeStore): Promise<ReadonlyMap<string, number>> {
  const streams = {
    journal: names.journal,
    archive: names.archive,
    output: names.output,
    messages: names.messages,
    inboxes: names.inboxes,
    audit: names.audit,
    bodies: bucketStream(names.bodies),
    snapshots: bucketStream(names.snapshots),
  };
  const asked = Object.entries(streams).map(
    async ([kind, stream]) => [kind, (await jsm.streams.info(stream)).state.bytes] as const,
  );
  return new Map(await Promise.all(asked).catch(() => []));
}
