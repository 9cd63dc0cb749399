// Everything a hub keeps in JetStream, as those parts see it that deal with all of it at once.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';

export interface StoreNames {
  readonly journal: string;
  readonly journalSubject: string;
  readonly archive: string;
  /** What the archive's subjects begin with, such as `agentcom.main.archive.0`. */
  readonly archivePrefix: string;
  /** Object stores, as the object store client names them. */
  readonly bodies: string;
  readonly snapshots: string;
}

export interface WholeStore {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly names: StoreNames;
}

/** The stream that holds a bucket. */
export function bucketStream(bucket: string): string {
  return `OBJ_${bucket}`;
}

/** What the subjects of a bucket begin with. */
export function bucketPrefix(bucket: string): string {
  return `$O.${bucket}.`;
}
