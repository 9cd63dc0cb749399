// Reads as much of a journal as holds together: the newest snapshot that fits it, and every batch behind that one.

import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { JournalHead } from '../../coordinator/ports.js';
import { appliedInfo, consume, readMessage, StreamStalled } from '../../jetstream/consume.js';
import { ChainBroken, decode, sha256 } from './codec.js';
import type { JournalRefused } from './refused.js';
import { fromTheBeginning, judge, Replay, type ReplayStart, type WitnessedHead } from './replay.js';

/** A snapshot as its listing shows it. */
export interface SnapshotInfo {
  readonly name: string;
  readonly head: JournalHead;
}

/** Where snapshots come from. `load` throws SnapshotDamaged for one that cannot be used, SnapshotNewer for one of a newer AgentCom. */
export interface SnapshotSource {
  /** Newest first. */
  list(): Promise<readonly SnapshotInfo[]>;
  load(info: SnapshotInfo): Promise<ReplayStart>;
}

export class SnapshotDamaged extends Error {
  override readonly name = 'SnapshotDamaged';
}

export class SnapshotNewer extends Error {
  override readonly name = 'SnapshotNewer';
  constructor(
    readonly head: JournalHead,
    version: number,
  ) {
    super(`the snapshot of batch ${head.seq} has format ${version}, which this AgentCom does not know`);
  }
}

export interface JournalStore {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly stream: string;
  readonly snapshots: SnapshotSource;
}

export interface JournalReading {
  readonly replay: Replay;
  /** Where the replay began: a snapshot's head, or sequence 0. */
  readonly start: JournalHead;
  readonly snapshots: readonly SnapshotInfo[];
  /** Last sequence the stream has or claims to have had. */
  readonly streamLastSeq: number;
  /** What ended the reading before the end of the stream. */
  readonly broken: ChainBroken | null;
}

/** Reads to the end, or through sequence `through`; remembers the hash at each sequence of `watched` and at every snapshot's. */
export async function readJournal(
  store: JournalStore,
  watched: readonly number[],
  through?: number,
): Promise<JournalReading> {
  const snapshots = await store.snapshots.list();
  const { state } = await appliedInfo(store.js, store.stream);
  const start = await findStart(store, snapshots, through ?? Number.POSITIVE_INFINITY);
  const replay = new Replay(start, new Set([...watched, ...snapshots.map(({ head }) => head.seq)]));
  const isThere = start.head.seq > 0 && (await readMessage(store.jsm, store.stream, start.head.seq)) !== null;
  let streamLastSeq = Math.max(state.last_seq, isThere ? start.head.seq : 0);
  let broken: ChainBroken | null = null;
  try {
    for await (const message of readOn(store, replay, through)) {
      streamLastSeq = Math.max(streamLastSeq, message.seq);
      replay.add(message.data, message.seq);
    }
  } catch (error) {
    if (!(error instanceof ChainBroken)) throw error;
    broken = error;
  }
  return { replay, start: start.head, snapshots, streamLastSeq, broken };
}

/** The messages behind the replay's end. Throws ChainBroken for one that the server has and cannot read. */
async function* readOn(
  { js, jsm, stream }: JournalStore,
  replay: Replay,
  through: number | undefined,
): AsyncGenerator<JsMsg, void, undefined> {
  for (;;) {
    const next = replay.head.seq + 1;
    if (next - 1 === through) return;
    try {
      for await (const message of consume({ js, stream, from: next })) {
        yield message;
        if (message.seq === through) return;
      }
      return;
    } catch (error) {
      if (!(error instanceof StreamStalled)) throw error;
      const stalledAt = replay.head.seq + 1;
      if ((await readMessage(jsm, stream, stalledAt)) === null) {
        throw new ChainBroken('damaged', stalledAt, `nats-server cannot read message ${stalledAt}`, { cause: error });
      }
      if (stalledAt === next) throw error;
    }
  }
}

/** Reads to the end and judges it by the ends known and by every snapshot's. Throws SnapshotNewer. */
export async function verifyJournal(
  store: JournalStore,
  known: readonly WitnessedHead[],
): Promise<JournalReading & { readonly refused: JournalRefused | null }> {
  const found = await readJournal(
    store,
    known.map(({ head }) => head.seq),
  );
  const shown = found.snapshots.map(({ head }) => ({ head, source: `the snapshot of batch ${head.seq}` }));
  return { ...found, refused: judge(found.replay, [...known, ...shown], found.streamLastSeq, found.broken) };
}

async function findStart(
  store: JournalStore,
  snapshots: readonly SnapshotInfo[],
  through: number,
): Promise<ReplayStart> {
  for (const info of snapshots) {
    if (info.head.seq > through || !(await fits(store, info.head))) continue;
    try {
      return await store.snapshots.load(info);
    } catch (error) {
      if (!(error instanceof SnapshotDamaged)) throw error;
    }
  }
  return fromTheBeginning();
}

/** Whether the stream goes on from `head`: by the message there, or else by the one behind it. With neither, nothing speaks against it. */
async function fits(store: JournalStore, head: JournalHead): Promise<boolean> {
  const there = await readMessage(store.jsm, store.stream, head.seq);
  if (there !== null) return sha256(there) === head.hash;
  const next = await readMessage(store.jsm, store.stream, head.seq + 1);
  if (next === null) return true;
  try {
    decode(next, head.seq + 1, head);
    return true;
  } catch (error) {
    if (!(error instanceof ChainBroken)) throw error;
    return error.kind !== 'rewritten' && error.kind !== 'foreign';
  }
}
