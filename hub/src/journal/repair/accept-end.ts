// `up --accept-journal-end SEQ:HASH`: gives up what is behind the readable part of a refused journal, after keeping a raw copy of
// everything. Once begun it is finished, at the next start if need be, so that no journal is ever left half rebuilt.

import { join } from 'node:path';
import type { StreamConfig } from '@nats-io/jetstream';
import type { JournalHead } from '../../coordinator/ports.js';
import { readMessage } from '../../jetstream/consume.js';
import type { WholeStore } from '../../jetstream/names.js';
import { Objects } from '../../jetstream/objects.js';
import { keepRaw, stamp } from '../backup/backup.js';
import { readBackupFile } from '../backup/backup-file.js';
import type { BackupSource } from '../backup/backup-source.js';
import { parseRaw, type RawMessage, StreamFiller } from '../backup/raw-stream.js';
import { sha256 } from '../log/codec.js';
import type { HeadRecord } from '../log/head-record.js';
import { type JournalReading, verifyJournal } from '../log/read-journal.js';
import { formatEnd } from '../log/refused.js';
import { Snapshots } from '../snapshot/snapshots.js';
import { type JournalChange, removeChange, writeChange } from './journal-change.js';
import { recreateJournal } from './journal-stream.js';

export interface ChangeOptions {
  readonly store: WholeStore;
  /** Holds the note of an unfinished change. */
  readonly dataDir: string;
  /** Where what is replaced is kept; outside the store. */
  readonly keepDir: string;
  readonly headRecord: HeadRecord;
  readonly hubVersion: string;
  /** Wall clock, ms. */
  readonly nowMs: number;
  /** The key of encrypted backups. What is replaced is kept encrypted with it. */
  readonly keyFile?: string | undefined;
  /** By a path or an address. */
  readonly sourceOf: (backup: string) => Promise<BackupSource>;
}

/** What was given up. The hub appends `journal.truncated` with it and then calls `settle`; until then every start tells of it again. */
export interface Truncation {
  readonly kind: 'truncated';
  /** The last sequence that was kept. */
  readonly at: number;
  /** The highest sequence known to have been there. */
  readonly knownHead: number;
  /** The file with everything that was there. */
  readonly kept: string;
  settle(): Promise<void>;
}

/** The end named by the operator is not where the readable part ends. */
export class EndNotThere extends Error {
  override readonly name = 'EndNotThere';
}

/** Null when the journal is whole, so that nothing has to be accepted. Throws EndNotThere, having changed nothing. */
export async function acceptJournalEnd(
  options: ChangeOptions,
  end: { readonly seq: number; readonly hash: string },
): Promise<Truncation | null> {
  const { store, headRecord } = options;
  const snapshots = await openSnapshots(store);
  const known = headRecord.head === null ? [] : [{ head: headRecord.head, source: 'the end recorded on this machine' }];
  const found = await verifyJournal({ js: store.js, jsm: store.jsm, stream: store.names.journal, snapshots }, known);
  if (found.refused === null) return null;
  const good = found.replay.head;
  if (good.seq !== end.seq || good.hash !== end.hash) {
    throw new EndNotThere(
      `the readable part of the journal ends at ${formatEnd(good)}, not at ${formatEnd({ ...good, ...end })}`,
    );
  }
  const kept = join(options.keepDir, `agentcom-${stamp(options.nowMs)}-given-up-${end.seq}.raw`);
  await keepRaw(store, kept, options);
  const { config } = await store.jsm.streams.info(store.names.journal);
  const change: AcceptChange = {
    kind: 'accept-end',
    step: 'rebuild',
    end: good,
    knownHead: found.refused.knownHead.seq,
    kept,
    config: found.streamLastSeq === good.seq ? null : config,
    snapshots: orphanedSnapshots(found),
  };
  await writeChange(options.dataDir, change);
  return finishAccepting(options, change);
}

export type AcceptChange = Extract<JournalChange, { kind: 'accept-end' }>;

/** Does what is left of an accepted end; doing it again changes nothing. */
export async function finishAccepting(options: ChangeOptions, change: AcceptChange): Promise<Truncation> {
  const { store, dataDir, headRecord } = options;
  if (change.step === 'rebuild') {
    if (change.config !== null)
      await rebuild(store, change.config, { file: change.kept, keyFile: options.keyFile }, change.end);
    const snapshots = await openSnapshots(store);
    for (const name of change.snapshots) await snapshots.erase({ name });
    await headRecord.reset(change.end.seq === 0 ? null : change.end);
    await writeChange(dataDir, { ...change, step: 'announce' });
  }
  const { end, knownHead: highest, kept } = change;
  return { kind: 'truncated', at: end.seq, knownHead: highest, kept, settle: () => removeChange(dataDir) };
}

/** Snapshots of ends that the accepted journal does not have. */
function orphanedSnapshots({ snapshots, replay }: JournalReading): string[] {
  const { journal, seq } = replay.head;
  return snapshots
    .filter(
      ({ head }) => head.seq > seq || head.journal !== journal || (replay.hashAt(head.seq) ?? head.hash) !== head.hash,
    )
    .map(({ name }) => name);
}

/** Recreates the stream with the unbroken run of messages in `kept` that leads to `end`. */
async function rebuild(store: WholeStore, config: StreamConfig, kept: RawCopy, end: JournalHead): Promise<void> {
  const { js, jsm, names } = store;
  const first = await startOfRun(kept, end.seq);
  await recreateJournal(jsm, config, first);
  const filler = new StreamFiller(js, '');
  for await (const message of journalOf(kept)) {
    if (message.seq >= first && message.seq <= end.seq) await filler.add(message, message.seq - 1);
  }
  await filler.finish();
  if (first > end.seq) return;
  const last = await readMessage(jsm, names.journal, end.seq);
  if (last === null || sha256(last) !== end.hash)
    throw new Error(`the journal could not be rebuilt to ${formatEnd(end)}`);
}

async function startOfRun(kept: RawCopy, end: number): Promise<number> {
  let first = end + 1;
  let previous = -1;
  for await (const { seq } of journalOf(kept)) {
    if (seq > end) continue;
    if (seq !== previous + 1) first = seq;
    previous = seq;
  }
  return previous === end ? first : end + 1;
}

interface RawCopy {
  readonly file: string;
  readonly keyFile: string | undefined;
}

async function* journalOf({ file, keyFile }: RawCopy): AsyncGenerator<RawMessage, void, undefined> {
  for await (const line of readBackupFile(file, { keyFile })) {
    if (line.k === 'item' && line.section === 'journal') yield parseRaw(line.json);
  }
}

async function openSnapshots(store: WholeStore): Promise<Snapshots> {
  return new Snapshots(await Objects.open(store.js, store.jsm, store.names.snapshots));
}
