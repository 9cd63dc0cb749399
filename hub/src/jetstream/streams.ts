// The streams of one shard as data. Made when missing, compared when there; a journal that could lose something is refused.

import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from 'nats';
import { bucketStream, shardNames } from './names.js';
import { chunkSubject, objectSubjects } from './subjects.js';

const MIB = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;
/** Above the largest batch, below what the connection must be able to carry. */
const JOURNAL_MESSAGE_BYTES = 4 * MIB;
/** Above the most pieces that are stored together, however they are escaped. */
const OUTPUT_MESSAGE_BYTES = MIB;
/** Above the most entries that are written together. */
const AUDIT_MESSAGE_BYTES = MIB;
/**
 * One record for each agent, of 1.5 KiB, and one for each membership, of 0.6 KiB, with the longest names: room for the 10,000 agents that an
 * organisation may have, each in ten channels, and half as much again. Beyond it the oldest are lost.
 */
const INBOXES_BYTES = 128 * MIB;

/** The outbox keeps less, and has the organisation with most give way: it is never the stream that drops something. */
export const DELIVERIES_BYTES = 64 * MIB;
/** For as long, a message that is out is changed in place. */
const DELIVERIES_MS = 30 * DAY_MS;
/** Above a notification with the longest texts, however they are escaped. */
const DELIVERY_MESSAGE_BYTES = 512 * 1024;

export interface StreamSettings {
  readonly namespace: string;
  readonly shard: number;
  /** On how many servers each stream is kept. Undefined: new ones on one, and those that are there as they are. */
  readonly replicas: number | undefined;
  readonly archiveBytes: number;
  readonly archiveMs: number;
  readonly outputBytes: number;
  readonly outputMs: number;
  readonly messageBytes: number;
  readonly messageMs: number;
  readonly auditBytes: number;
  readonly auditMs: number;
  readonly snapshotBytes: number;
}

export const defaultStreamSettings: StreamSettings = {
  namespace: 'main',
  shard: 0,
  replicas: undefined,
  archiveBytes: 4_096 * MIB,
  archiveMs: 365 * DAY_MS,
  outputBytes: 2_048 * MIB,
  outputMs: 14 * DAY_MS,
  messageBytes: 256 * MIB,
  messageMs: 30 * DAY_MS,
  auditBytes: 1_024 * MIB,
  auditMs: 365 * DAY_MS,
  snapshotBytes: 8_192 * MIB,
};

/** What the hub decides about a stream. Everything else is the server's default. */
export type StreamDefinition = Pick<StreamConfig, 'name' | 'subjects' | 'storage' | 'retention' | 'discard'> &
  Pick<StreamConfig, 'max_msgs' | 'max_msgs_per_subject' | 'max_bytes' | 'max_age' | 'max_msg_size' | 'num_replicas'> &
  Pick<StreamConfig, 'deny_delete' | 'deny_purge' | 'allow_rollup_hdrs' | 'allow_direct'> & {
    readonly description: string;
    readonly compression: StoreCompression;
  };

export type StreamAction = 'created' | 'updated' | 'kept';

export class StreamRefused extends Error {
  override readonly name = 'StreamRefused';

  constructor(
    readonly stream: string,
    readonly reasons: readonly string[],
  ) {
    super(
      `the existing stream ${stream} cannot be used: ${reasons.join('; ')}. ` +
        `Correct it with \`nats stream edit ${stream}\`, or use another --namespace`,
    );
  }
}

/** `reason` in the words of NATS. */
export class TooFewNatsServers extends Error {
  override readonly name = 'TooFewNatsServers';

  constructor(stream: string, replicas: number, reason: string, options?: ErrorOptions) {
    super(`stream ${stream} cannot be kept on ${replicas} NATS servers: ${reason}`, options);
  }
}

export function streamDefinitions(settings: StreamSettings): readonly StreamDefinition[] {
  const names = shardNames(settings.namespace, settings.shard);
  const unlimited = {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_bytes: -1,
    max_age: 0,
    max_msg_size: -1,
    num_replicas: settings.replicas ?? 1,
    deny_delete: false,
    deny_purge: false,
    allow_rollup_hdrs: false,
    // A direct read may be answered by a replica that lags.
    allow_direct: false,
    compression: StoreCompression.S2,
  };
  return [
    {
      ...unlimited,
      name: names.journal,
      subjects: [names.journalSubject],
      description: 'AgentCom: the journal, every change of state in order',
      max_msg_size: JOURNAL_MESSAGE_BYTES,
      deny_delete: true,
      // The server holds appends up while it takes a block of 8 MiB apart for a reader: peaks of 100 to 200 ms while a snapshot was made.
      compression: StoreCompression.None,
    },
    {
      ...unlimited,
      name: names.archive,
      subjects: [`${names.archivePrefix}.>`],
      description: 'AgentCom: finished tasks that left memory',
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
      max_bytes: settings.archiveBytes,
      max_age: nanos(settings.archiveMs),
    },
    {
      ...unlimited,
      name: names.output,
      subjects: [`${names.outputPrefix}.>`],
      description: 'AgentCom: what agents print while they work',
      discard: DiscardPolicy.Old,
      max_bytes: settings.outputBytes,
      max_age: nanos(settings.outputMs),
      max_msg_size: OUTPUT_MESSAGE_BYTES,
    },
    {
      ...unlimited,
      name: names.messages,
      subjects: [`${names.messagesPrefix}.>`],
      description: 'AgentCom: messages to agents and channels',
      discard: DiscardPolicy.Old,
      max_bytes: settings.messageBytes,
      max_age: nanos(settings.messageMs),
    },
    {
      ...unlimited,
      name: names.inboxes,
      subjects: [`${names.inboxesPrefix}.>`],
      description: 'AgentCom: who has joined which channel, and what each agent has taken',
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
      max_bytes: INBOXES_BYTES,
    },
    {
      ...unlimited,
      name: names.audit,
      subjects: [`${names.auditPrefix}.>`],
      description: 'AgentCom: who did what',
      discard: DiscardPolicy.Old,
      max_bytes: settings.auditBytes,
      max_age: nanos(settings.auditMs),
      max_msg_size: AUDIT_MESSAGE_BYTES,
      deny_delete: true,
      deny_purge: true,
    },
    {
      ...unlimited,
      name: names.deliveries,
      subjects: [`${names.deliveriesPrefix}.>`],
      description: 'AgentCom: what is told by channels, and how that went',
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
      max_bytes: DELIVERIES_BYTES,
      max_age: nanos(DELIVERIES_MS),
      max_msg_size: DELIVERY_MESSAGE_BYTES,
    },
    { ...unlimited, ...objectStore(names.bodies), description: 'AgentCom: large prompts, data and results' },
    {
      ...unlimited,
      ...objectStore(names.snapshots),
      description: 'AgentCom: the state at some batches of the journal',
      max_bytes: settings.snapshotBytes,
    },
  ];
}

/**
 * Makes what is missing and mends what may be mended. Throws `StreamRefused` when an existing stream would lose data or
 * belongs to something else, and `TooFewNatsServers` when there are not enough for its replicas. Safe when several hubs do it at once.
 */
export async function ensureStreams(
  jsm: JetStreamManager,
  settings: StreamSettings,
): Promise<Map<string, StreamAction>> {
  const actions = new Map<string, StreamAction>();
  const { replicas } = settings;
  for (const wanted of streamDefinitions(settings)) actions.set(wanted.name, await ensure(jsm, wanted, replicas));
  return actions;
}

async function ensure(
  jsm: JetStreamManager,
  wanted: StreamDefinition,
  replicas: number | undefined,
): Promise<StreamAction> {
  const existing = await infoOf(jsm, wanted.name);
  if (existing === null) {
    try {
      await jsm.streams.add(wanted);
      return 'created';
    } catch (cause) {
      const made = await infoOf(jsm, wanted.name);
      if (made === null) throw refusedChange(wanted, 'created', cause);
      return mend(jsm, made, wanted, replicas);
    }
  }
  return mend(jsm, existing, wanted, replicas);
}

async function mend(
  jsm: JetStreamManager,
  { config: existing, cluster }: StreamInfo,
  wanted: StreamDefinition,
  replicas: number | undefined,
): Promise<StreamAction> {
  const reasons = objections(existing, wanted);
  if (reasons.length > 0) throw new StreamRefused(wanted.name, reasons);
  // nats-server 2.10.27 takes another number of replicas of a stream without a word, and keeps one.
  if (wanted.num_replicas > 1 && cluster?.name === undefined)
    throw new TooFewNatsServers(wanted.name, wanted.num_replicas, 'this server is in no cluster');
  const changes = corrections(existing, wanted, replicas);
  if (Object.keys(changes).length === 0) return 'kept';
  try {
    await jsm.streams.update(wanted.name, { ...existing, ...changes });
  } catch (cause) {
    throw refusedChange(wanted, `changed (${Object.keys(changes).join(', ')})`, cause);
  }
  return 'updated';
}

/** Of nats-server, when no servers are left for one more replica, and when it is in no cluster. */
const TOO_FEW_SERVERS: ReadonlySet<number> = new Set([10_005, 10_074]);

function refusedChange({ name, num_replicas }: StreamDefinition, how: string, cause: unknown): Error {
  if (cause instanceof JetStreamApiError && TOO_FEW_SERVERS.has(cause.code))
    return new TooFewNatsServers(name, num_replicas, cause.message, { cause });
  return new Error(`stream ${name} cannot be ${how}: ${messageOf(cause)}`, { cause });
}

async function infoOf(jsm: JetStreamManager, name: string): Promise<StreamInfo | null> {
  try {
    return await jsm.streams.info(name);
  } catch (error) {
    if (isStreamMissing(error)) return null;
    throw error;
  }
}

/** Why an existing stream must not be used: it is another one, or messages could vanish from it without our doing. */
function objections(existing: StreamConfig, wanted: StreamDefinition): string[] {
  const reasons: string[] = [];
  const must = (isMet: boolean, reason: string) => {
    if (!isMet) reasons.push(reason);
  };
  must(
    sameSubjects(existing.subjects, wanted.subjects),
    `its subjects are ${existing.subjects?.join(', ') || 'empty'}`,
  );
  must(existing.storage === wanted.storage, `storage is ${existing.storage}, not ${wanted.storage}`);
  must(existing.retention === wanted.retention, `retention is ${existing.retention}, not ${wanted.retention}`);
  must(existing.mirror === undefined && (existing.sources ?? []).length === 0, 'it copies from another stream');
  must(existing.subject_transform === undefined, 'it transforms subjects');
  must(existing.sealed !== true, 'it is sealed');
  must(existing.no_ack !== true, 'it does not acknowledge');
  must(wanted.deny_purge || existing.deny_purge !== true, 'it cannot be purged');
  must((existing.persist_mode ?? '') !== 'async', 'it acknowledges before it writes');
  if (wanted.discard === DiscardPolicy.Old) return reasons;
  must(existing.discard === DiscardPolicy.New, 'at a limit it discards its oldest messages');
  must(isOff(existing.max_age), 'its messages expire by max_age');
  must(existing.allow_msg_ttl !== true, 'its messages may expire one by one');
  must(isOff(existing.max_msgs), 'the number of its messages is limited');
  must(isOff(existing.max_msgs_per_subject), 'the number of its messages is limited by subject');
  if (wanted.max_bytes === -1) must(isOff(existing.max_bytes), 'its size is limited');
  if (!wanted.allow_rollup_hdrs) must(existing.allow_rollup_hdrs !== true, 'a rollup header could empty it');
  return reasons;
}

const MENDABLE = [
  'description',
  'discard',
  'max_msgs',
  'max_msgs_per_subject',
  'max_bytes',
  'max_age',
  'max_msg_size',
  'allow_direct',
  'allow_rollup_hdrs',
  'compression',
] as const satisfies readonly (keyof StreamDefinition)[];

/** The fields to change, all without harm. */
function corrections(
  existing: StreamConfig,
  wanted: StreamDefinition,
  replicas: number | undefined,
): Partial<StreamConfig> {
  const changes: Partial<StreamConfig> = Object.fromEntries(
    MENDABLE.filter((field) => existing[field] !== wanted[field]).map((field) => [field, wanted[field]]),
  );
  if (replicas !== undefined && existing.num_replicas !== replicas) changes.num_replicas = replicas;
  if (wanted.deny_delete && !existing.deny_delete) changes.deny_delete = true;
  if (wanted.deny_purge && !existing.deny_purge) changes.deny_purge = true;
  return changes;
}

/** As the object store client makes them: it keeps only the newest description of an object by a rollup header. */
function objectStore(
  bucket: string,
): Pick<StreamDefinition, 'name' | 'subjects' | 'allow_rollup_hdrs' | 'allow_direct'> {
  const subjects = [chunkSubject(bucket, '>'), objectSubjects(bucket)];
  return { name: bucketStream(bucket), subjects, allow_rollup_hdrs: true, allow_direct: true };
}

/** The server has answered that it has no such stream. */
export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

function sameSubjects(left: readonly string[] | undefined, right: readonly string[]): boolean {
  return JSON.stringify([...(left ?? [])].sort()) === JSON.stringify([...right].sort());
}

/** -1 and 0 both mean no limit, and a server may answer either. */
function isOff(limit: number | undefined): boolean {
  return limit === undefined || limit <= 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
