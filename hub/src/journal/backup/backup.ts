// Makes backups of a live store, lists and prunes them. A backup holds the state at one end of the journal: a snapshot and the batches
// behind it, with every body, archived task, message and piece of output there is. `restore` makes a store of it again.

import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { JournalHead } from '../../coordinator/ports.js';
import { consume } from '../../jetstream/consume.js';
import { bucketStream, copiedStreams, type WholeStore } from '../../jetstream/names.js';
import { Objects } from '../../jetstream/objects.js';
import { decode, EMPTY_HEAD } from '../log/codec.js';
import { readJournal, SnapshotDamaged, type SnapshotInfo } from '../log/read-journal.js';
import { stateHash } from '../log/state-hash.js';
import { SnapshotCheck, Snapshots } from '../snapshot/snapshots.js';
import type { OnProgress } from '../worker-process.js';
import { BACKUP_VERSION, BackupDamaged, BackupWriter, describeBackup, type Manifest, PARTIAL } from './backup-file.js';
import { BackupFile, type BackupSource } from './backup-source.js';
import { copyReadable, copyStream, rawLine } from './raw-stream.js';

/** No backup is written to for so long without being finished. */
const PARTIAL_MS_MAX = 3_600_000;

export type BackupLabel = 'daily' | 'demand' | 'replaced';

export interface BackupRequest {
  readonly store: WholeStore;
  readonly directory: string;
  readonly label: BackupLabel;
  readonly hubVersion: string;
  /** Wall clock, ms. */
  readonly nowMs: number;
  /** The acknowledged end to back up to; null to read to the end. */
  readonly end: JournalHead | null;
  /** Holds the key to encrypt it with; absent for none. */
  readonly keyFile?: string | undefined;
}

export interface BackupInfo {
  readonly file: string;
  readonly createdAt: number;
  readonly bytes: number;
  readonly label: BackupLabel;
  readonly hubVersion: string;
  readonly head: JournalHead;
  readonly encrypted: boolean;
}

/**
 * Bodies must not be erased meanwhile; a hub that serves uses `createBackupInWorker`.
 * Throws when the journal is not whole up to `end`, or the disk cannot hold the backup; then no file is left.
 */
export async function createBackup(
  request: BackupRequest,
  onProgress: OnProgress = () => undefined,
): Promise<BackupInfo> {
  const { store } = request;
  const snapshots = new Snapshots(await Objects.open(store.js, store.jsm, store.names.snapshots));
  const all = await snapshots.list();
  const end = request.end ?? (await endOf(store, all));
  const stateHash = await hashOfState(store, snapshots, end);
  const progress = await countCopied(store, onProgress);
  for (const snapshot of [...all.filter(({ head }) => head.seq <= end.seq), null]) {
    try {
      return await write(request, { end, stateHash, progress }, snapshots, snapshot);
    } catch (error) {
      if (!(error instanceof SnapshotDamaged)) throw error;
    }
  }
  throw new Error('no snapshot can be read');
}

/** Of the state that the hub's own journal comes to at `end`, apart from what is copied: a backup is compared with it. */
async function hashOfState(
  { js, jsm, names }: WholeStore,
  snapshots: Snapshots,
  end: JournalHead,
): Promise<string | undefined> {
  const { replay } = await readJournal({ js, jsm, stream: names.journal, snapshots }, [], end.seq);
  const { seq, hash } = replay.head;
  // What does not reach it is found when it is copied, and named there.
  return seq === end.seq && hash === end.hash ? stateHash(replay.state) : undefined;
}

/** Tells of every message that is copied, of how many there are about. */
async function countCopied({ jsm, names }: WholeStore, onProgress: OnProgress): Promise<() => void> {
  let total = 0;
  for (const { stream } of copiedStreams(names)) total += (await jsm.streams.info(stream)).state.messages;
  let done = 0;
  return () => onProgress(++done, Math.max(done, total));
}

interface Written {
  readonly end: JournalHead;
  readonly stateHash: string | undefined;
  readonly progress: () => void;
}

async function write(
  request: BackupRequest,
  { end, stateHash, progress }: Written,
  snapshots: Snapshots,
  snapshot: SnapshotInfo | null,
): Promise<BackupInfo> {
  const { store, label, hubVersion, nowMs, keyFile } = request;
  const file = join(request.directory, backupName(nowMs, label, end.seq));
  const manifest: Manifest = {
    v: BACKUP_VERSION,
    kind: 'backup',
    createdAt: nowMs,
    hubVersion,
    head: end,
    ...(stateHash !== undefined && { stateHash }),
  };
  const writer = await BackupWriter.create(file, manifest, keyFile);
  try {
    await writer.begin('snapshot');
    if (snapshot !== null) {
      for await (const lines of snapshots.lines(snapshot, new SnapshotCheck())) {
        for (const line of lines) await writer.item(line.toString());
      }
    }
    await writer.end();
    await copyJournal(writer, store, snapshot?.head ?? EMPTY_HEAD, end);
    for (const { section, stream, prefix } of copiedStreams(store.names)) {
      await copyStream(writer, section, store.js, stream, prefix, progress);
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const encrypted = keyFile !== undefined;
  return { file, createdAt: nowMs, bytes: (await stat(file)).size, label, hubVersion, head: end, encrypted };
}

/** Copies the batches behind `start` through `end`, each checked to continue the one before. */
async function copyJournal(
  writer: BackupWriter,
  store: WholeStore,
  start: JournalHead,
  end: JournalHead,
): Promise<void> {
  await writer.begin('journal');
  let head = start;
  if (head.seq < end.seq) {
    for await (const message of consume({ js: store.js, stream: store.names.journal, from: start.seq + 1 })) {
      head = decode(message.data, message.seq, head).head;
      await writer.item(rawLine(message, store.names.journalSubject));
      if (head.seq === end.seq) break;
    }
  }
  if (head.seq !== end.seq || head.hash !== end.hash)
    throw new Error(`the journal does not hold the batch ${end.seq} to back up to`);
  await writer.end();
}

async function endOf(store: WholeStore, [newest]: readonly SnapshotInfo[]): Promise<JournalHead> {
  let head = newest?.head ?? EMPTY_HEAD;
  for await (const message of consume({ js: store.js, stream: store.names.journal, from: head.seq + 1 })) {
    head = decode(message.data, message.seq, head).head;
  }
  return head;
}

/** Copies every message that can be read of every stream into one file, whole or not. */
export async function keepRaw(
  store: WholeStore,
  file: string,
  { hubVersion, nowMs, keyFile }: Pick<BackupRequest, 'hubVersion' | 'nowMs' | 'keyFile'>,
): Promise<void> {
  const manifest: Manifest = { v: BACKUP_VERSION, kind: 'raw', createdAt: nowMs, hubVersion, head: null };
  const writer = await BackupWriter.create(file, manifest, keyFile);
  try {
    await copyReadable(writer, 'journal', store, store.names.journal);
    await copyReadable(writer, 'snapshots', store, bucketStream(store.names.snapshots));
    for (const { section, stream } of copiedStreams(store.names)) await copyReadable(writer, section, store, stream);
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** Newest first. Files that are not whole backups are left out. */
export async function listBackups(directory: string): Promise<BackupInfo[]> {
  const names = await readdir(directory).catch(ifMissing);
  return describeBackups(names, (name) => new BackupFile(join(directory, name)));
}

/** Those of `names` that are backups, newest first. `file` of each is what its source is called. */
export async function describeBackups(
  names: readonly string[],
  sourceOf: (name: string) => BackupSource,
): Promise<BackupInfo[]> {
  const found: BackupInfo[] = [];
  for (const name of names) {
    const label = labelOf(name);
    if (label === null) continue;
    const source = sourceOf(name);
    try {
      const { manifest, encrypted } = await describeBackup(source);
      const { kind, createdAt, hubVersion, head } = manifest;
      if (kind === 'backup' && head !== null)
        found.push({ file: source.name, createdAt, bytes: await source.bytes(), label, hubVersion, head, encrypted });
    } catch (error) {
      if (!(error instanceof BackupDamaged)) throw error;
    }
  }
  return found.sort((a, b) => b.createdAt - a.createdAt);
}

export interface Retention {
  /** Timed backups to keep, the newest ones. */
  readonly keep: number;
  /** Older ones go too, but never the newest. */
  readonly keepMs?: number | undefined;
}

/** Removes the timed backups that are not to be kept, and parts of unfinished ones. Returns the files removed. */
export async function pruneBackups(directory: string, retention: Retention, nowMs: number): Promise<string[]> {
  const names = (await listBackups(directory)).map(({ file }) => basename(file));
  const superfluous = [
    ...notKept(names, retention, nowMs).map((name) => join(directory, name)),
    ...(await leftOverParts(directory, nowMs)),
  ];
  for (const file of superfluous) await rm(file, { force: true });
  return superfluous;
}

/** The timed backups that go, wherever they are: a name says when it was made. None that somebody asked for. */
export function notKept(names: readonly string[], { keep, keepMs }: Retention, nowMs: number): string[] {
  const daily = names
    .filter((name) => labelOf(name) === 'daily')
    .sort()
    .reverse();
  const oldest = keepMs === undefined ? undefined : `agentcom-${stamp(nowMs - keepMs)}`;
  return daily.filter((name, nth) => nth >= keep || (nth > 0 && oldest !== undefined && name < oldest));
}

/** What backups left that were killed while they were written. */
async function leftOverParts(directory: string, nowMs: number): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(directory).catch(ifMissing)) {
    if (!name.startsWith('agentcom-') || !name.endsWith(PARTIAL)) continue;
    const file = join(directory, name);
    if ((await stat(file)).mtimeMs + PARTIAL_MS_MAX < nowMs) found.push(file);
  }
  return found;
}

const NAME = /^agentcom-\d{8}T\d{9}Z-(daily|demand|replaced)-\d+\.backup$/;

function backupName(nowMs: number, label: BackupLabel, seq: number): string {
  return `agentcom-${stamp(nowMs)}-${label}-${seq}.backup`;
}

/** A time as it is part of file names: UTC, sortable. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:.]/g, '');
}

export function isBackupName(name: string): boolean {
  return labelOf(name) !== null;
}

function labelOf(name: string): BackupLabel | null {
  return (NAME.exec(name)?.[1] as BackupLabel | undefined) ?? null;
}

function ifMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
