// Everything a hub keeps in JetStream, as those parts see it that deal with all of it at once.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';

export interface StoreNames {
  readonly journal: string;
  readonly journalSubject: string;
  readonly archive: string;
  /** What the archive's subjects begin with, such as `agentcom.main.archive.0`. */
  readonly archivePrefix: string;
  readonly output: string;
  readonly outputPrefix: string;
  readonly messages: string;
  readonly messagesPrefix: string;
  readonly inboxes: string;
  readonly inboxesPrefix: string;
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

/** A stream beside the journal and its snapshots, as a section of a backup. */
export interface CopiedStream {
  readonly section: string;
  readonly stream: string;
  /** What its subjects begin with. */
  readonly prefix: string;
}

/** Everything that a backup copies as it is, in the order it does so: a state names bodies, so these come first. */
export function copiedStreams(names: StoreNames): readonly CopiedStream[] {
  return [
    { section: 'bodies', stream: bucketStream(names.bodies), prefix: bucketPrefix(names.bodies) },
    { section: 'archive', stream: names.archive, prefix: `${names.archivePrefix}.` },
    { section: 'messages', stream: names.messages, prefix: `${names.messagesPrefix}.` },
    { section: 'inboxes', stream: names.inboxes, prefix: `${names.inboxesPrefix}.` },
    { section: 'output', stream: names.output, prefix: `${names.outputPrefix}.` },
  ];
}
