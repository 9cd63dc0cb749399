// `backup restore`: makes a store of a backup. What is replaced is kept first, and what has begun is finished, at the next start if
// need be. The restored journal is a new one: it begins with the old state as a snapshot and one batch that says where it came from.

import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Batch, JournalHead, Recovered } from '../../coordinator/ports.js';
import type { Event } from '../../core/events.js';
import { bucketStream, copiedStreams, type WholeStore } from '../../jetstream/names.js';
import { Objects } from '../../jetstream/objects.js';
import { createBackup, keepRaw, stamp } from '../backup/backup.js';
import { readBackup } from '../backup/backup-file.js';
import { type BackupSource, isBucketAddress } from '../backup/backup-source.js';
import { parseRaw, StreamFiller } from '../backup/raw-stream.js';
import { type BackupReport, replayBackup } from '../backup/verify-backup.js';
import { encode, headAfter } from '../log/codec.js';
import { Snapshots } from '../snapshot/snapshots.js';
import { type ChangeOptions, finishAccepting, type Truncation } from './accept-end.js';
import { type JournalChange, readChange, removeChange, writeChange } from './journal-change.js';
import { recreateJournal } from './journal-stream.js';

export interface Restored {
  readonly kind: 'restored';
  /** The path or address of the backup. */
  readonly file: string;
  readonly report: BackupReport;
  /** The end of the new journal. */
  readonly head: JournalHead;
  /** The file with what was replaced; null when the store was empty. */
  readonly kept: string | null;
}

/** The store is not empty, and nobody said that it may be replaced. */
export class StoreNotEmpty extends Error {
  override readonly name = 'StoreNotEmpty';
}

/** `file` is a path or an address. No hub may run on the store. Throws BackupDamaged or StoreNotEmpty, having changed nothing. */
export async function restoreBackup(file: string, replace: boolean, options: ChangeOptions): Promise<Restored> {
  return finishRestoring(options, await beginRestoring(file, replace, options));
}

/** As `restoreBackup`, up to where `finishInterrupted` goes on: what is replaced is kept, and nothing is replaced yet. */
export async function beginRestoring(file: string, replace: boolean, options: ChangeOptions): Promise<RestoreChange> {
  const { store, dataDir, nowMs, keyFile, sourceOf } = options;
  const source = await sourceOf(file);
  await replayBackup(source, { keyFile });
  const empty = await isEmpty(store);
  if (!empty && !replace) throw new StoreNotEmpty('the store is not empty; nothing was restored');
  const kept = empty ? null : await keepStore(options);
  const { config } = await store.jsm.streams.info(store.names.journal);
  const keepsAudit = (await store.jsm.streams.info(store.names.audit)).state.messages > 0;
  const change: RestoreChange = {
    kind: 'restore',
    file: isBucketAddress(source.name) ? source.name : resolve(source.name),
    journal: randomUUID(),
    kept,
    config,
    keepsAudit,
    at: nowMs,
  };
  await writeChange(dataDir, change);
  return change;
}

/** Call at every start before anything reads the journal: finishes a change that was interrupted. Null when there was none. */
export async function finishInterrupted(options: ChangeOptions): Promise<Truncation | Restored | null> {
  const change = await readChange(options.dataDir);
  if (change === null) return null;
  return change.kind === 'restore' ? finishRestoring(options, change) : finishAccepting(options, change);
}

export type RestoreChange = Extract<JournalChange, { kind: 'restore' }>;

async function finishRestoring(options: ChangeOptions, change: RestoreChange): Promise<Restored> {
  const { store, dataDir, headRecord, keyFile } = options;
  const source = await options.sourceOf(change.file);
  const { report, recovered } = await replayBackup(source, { keyFile });
  await fillStreams(store, change, source, keyFile);
  const head = await beginJournal(store, change, recovered);
  await headRecord.reset(head);
  await removeChange(dataDir);
  return { kind: 'restored', file: change.file, report, head, kept: change.kept };
}

async function fillStreams(
  store: WholeStore,
  { keepsAudit }: RestoreChange,
  source: BackupSource,
  keyFile: string | undefined,
): Promise<void> {
  const { js, jsm, names } = store;
  const copied = copiedStreams(names).filter(({ stream }) => stream !== names.audit || keepsAudit !== true);
  for (const { stream } of copied) if (stream !== names.audit) await jsm.streams.purge(stream);
  const fillers = new Map(copied.map(({ section, prefix }) => [section, new StreamFiller(js, prefix)]));
  // It cannot be purged: what an interrupted restore has put there is its beginning.
  let audited = (await jsm.streams.info(names.audit)).state.messages;
  for await (const line of readBackup(source, { keyFile })) {
    if (line.k !== 'item' || (line.section === 'audit' && audited-- > 0)) continue;
    await fillers.get(line.section)?.add(parseRaw(line.json));
  }
  for (const filler of fillers.values()) await filler.finish();
}

/** The journal goes on behind the old end's number and hash, under its new id. */
async function beginJournal(store: WholeStore, change: RestoreChange, old: Recovered): Promise<JournalHead> {
  const { js, jsm, names } = store;
  const start: JournalHead = { journal: change.journal, seq: old.head.seq, hash: old.head.hash };
  await jsm.streams.purge(bucketStream(names.snapshots));
  if (start.seq > 0) {
    const snapshots = new Snapshots(await Objects.open(js, jsm, names.snapshots));
    await snapshots.write({ state: old.state, head: start, epoch: old.epoch, lastHub: old.lastHub });
  }
  await recreateJournal(jsm, change.config, start.seq + 1);
  const event: Event = { type: 'journal.restored', from: old.head.journal, at: old.head.seq };
  const batch: Batch = {
    id: randomUUID(),
    epoch: old.epoch + 1,
    at: Math.max(change.at, old.state.now),
    hub: 'restore',
    events: [JSON.stringify(event)],
  };
  const bytes = encode(batch, start);
  await js.publish(names.journalSubject, bytes, { expect: { lastSequence: start.seq } });
  return headAfter(start, bytes);
}

async function isEmpty(store: WholeStore): Promise<boolean> {
  const { jsm, names } = store;
  const journal = (await jsm.streams.info(names.journal)).state;
  if (journal.last_seq > 0) return false;
  for (const stream of [bucketStream(names.snapshots), ...copiedStreams(names).map(({ stream }) => stream)]) {
    if ((await jsm.streams.info(stream)).state.messages > 0) return false;
  }
  return true;
}

/** A backup of what is about to be replaced, or a raw copy when it is too damaged for one. */
async function keepStore(options: ChangeOptions): Promise<string> {
  const { store, keepDir: directory, hubVersion, nowMs, keyFile } = options;
  try {
    return (await createBackup({ store, directory, label: 'replaced', hubVersion, nowMs, end: null, keyFile })).file;
  } catch {
    const file = join(directory, `agentcom-${stamp(nowMs)}-replaced.raw`);
    await keepRaw(store, file, options);
    return file;
  }
}
