// What the streams and object stores of one shard are called, and what is read off those names.

import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';

export interface ShardNames {
  readonly journal: string;
  readonly journalSubject: string;
  readonly archive: string;
  /** What the subjects of a stream begin with, such as `agentcom.main.archive.0`; `subjects.ts` has what follows. */
  readonly archivePrefix: string;
  readonly output: string;
  readonly outputPrefix: string;
  readonly messages: string;
  readonly messagesPrefix: string;
  /** What is to be known about messages for longer than they are kept. */
  readonly inboxes: string;
  readonly inboxesPrefix: string;
  /** Who did what. Nobody takes anything out of it. */
  readonly audit: string;
  readonly auditPrefix: string;
  /** What is to be told by channels outside, and how that went. Not in backups: what was told once is not told again by a restore. */
  readonly deliveries: string;
  readonly deliveriesPrefix: string;
  /** Object stores, as the object store client names them. */
  readonly bodies: string;
  readonly snapshots: string;
}

/** Everything that a shard keeps in JetStream, for those parts that deal with all of it at once. */
export interface WholeStore {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly names: ShardNames;
}

/** `namespace` is 1 to 32 of a–z, 0–9, `-`; throws a RangeError for another. */
export function shardNames(namespace: string, shard: number): ShardNames {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(namespace))
    throw new RangeError(`invalid namespace: ${namespace}`);
  if (!Number.isSafeInteger(shard) || shard < 0) throw new RangeError(`no shard: ${shard}`);
  return {
    journal: `AGENTCOM_${namespace}_JOURNAL_${shard}`,
    journalSubject: `agentcom.${namespace}.journal.${shard}`,
    archive: `AGENTCOM_${namespace}_ARCHIVE_${shard}`,
    archivePrefix: `agentcom.${namespace}.archive.${shard}`,
    output: `AGENTCOM_${namespace}_OUTPUT_${shard}`,
    outputPrefix: `agentcom.${namespace}.output.${shard}`,
    messages: `AGENTCOM_${namespace}_MESSAGES_${shard}`,
    messagesPrefix: `agentcom.${namespace}.messages.${shard}`,
    inboxes: `AGENTCOM_${namespace}_INBOXES_${shard}`,
    inboxesPrefix: `agentcom.${namespace}.inboxes.${shard}`,
    audit: `AGENTCOM_${namespace}_AUDIT_${shard}`,
    auditPrefix: `agentcom.${namespace}.audit.${shard}`,
    deliveries: `AGENTCOM_${namespace}_DELIVERIES_${shard}`,
    deliveriesPrefix: `agentcom.${namespace}.deliveries.${shard}`,
    bodies: `AGENTCOM_${namespace}_BODIES_${shard}`,
    snapshots: `AGENTCOM_${namespace}_SNAPSHOTS_${shard}`,
  };
}

/** The stream in which the client keeps a bucket. */
export function bucketStream(bucket: string): string {
  return `OBJ_${bucket}`;
}

/** What the subjects of a bucket begin with. */
export function bucketPrefix(bucket: string): string {
  return `$O.${bucket}`;
}

/** The streams without which a hub that was in use must not start. Output and messages promise less: they are recreated. */
export function vitalStreams(names: ShardNames): readonly string[] {
  return [names.journal, names.archive, bucketStream(names.bodies), bucketStream(names.snapshots)];
}

/** A stream beside the journal and its snapshots, as a section of a backup. */
export interface CopiedStream {
  readonly section: string;
  readonly stream: string;
  /** What its subjects begin with, with the dot behind it. */
  readonly prefix: string;
}

/** Everything that a backup copies as it is, in the order it does so: a state names bodies, so these come first. */
export function copiedStreams(names: ShardNames): readonly CopiedStream[] {
  return [
    { section: 'bodies', stream: bucketStream(names.bodies), prefix: `${bucketPrefix(names.bodies)}.` },
    { section: 'archive', stream: names.archive, prefix: `${names.archivePrefix}.` },
    { section: 'messages', stream: names.messages, prefix: `${names.messagesPrefix}.` },
    { section: 'inboxes', stream: names.inboxes, prefix: `${names.inboxesPrefix}.` },
    { section: 'audit', stream: names.audit, prefix: `${names.auditPrefix}.` },
    { section: 'output', stream: names.output, prefix: `${names.outputPrefix}.` },
  ];
}
