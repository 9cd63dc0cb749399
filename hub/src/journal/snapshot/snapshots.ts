// Snapshots: the state at one sequence as NDJSON in an object store, which the server compresses at rest. First line: what it is of; last
// line: count and SHA-256 of all lines before it.

import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { JournalHead, Recovered } from '../../coordinator/ports.js';
import { dumpState, SNAPSHOT_VERSION, type SnapshotRecord, StateLoader } from '../../core/snapshot.js';
import type { State } from '../../core/state.js';
import { StreamStalled } from '../../jetstream/consume.js';
import type { Objects, StoredObject } from '../../jetstream/objects.js';
import { joinChunks, splitLines } from '../lines.js';
import { SnapshotDamaged, type SnapshotInfo, SnapshotNewer, type SnapshotSource } from '../log/read-journal.js';
import type { ReplayStart } from '../log/replay.js';

/** One record is at most one task with its history. */
export const RECORD_BYTES_MAX = 16 * 1024 * 1024;

export interface SnapshotHead {
  readonly v: number;
  readonly head: JournalHead;
  readonly epoch: number;
  readonly hub: string | null;
}

export class Snapshots implements SnapshotSource {
  constructor(private readonly objects: Objects) {}

  async list(): Promise<readonly SnapshotInfo[]> {
    const found: SnapshotInfo[] = [];
    for await (const object of this.objects.list()) {
      const head = headFrom(object);
      if (head !== null) found.push({ name: object.name, head });
    }
    return found.sort((a, b) => b.head.seq - a.head.seq);
  }

  /** Writes the snapshot and reads it back; throws, and leaves none, when it did not come back as written. */
  async write(recovered: Pick<Recovered, 'state' | 'head' | 'epoch' | 'lastHub'>): Promise<SnapshotInfo> {
    const { state, head, epoch, lastHub } = recovered;
    const name = snapshotName(head.seq);
    const lines = Readable.from(joinChunks(snapshotLines({ v: SNAPSHOT_VERSION, head, epoch, hub: lastHub }, state)));
    const metadata = { journal: head.journal, seq: String(head.seq), hash: head.hash };
    await this.objects.put(name, Readable.toWeb(lines) as ReadableStream<Uint8Array>, metadata);
    const info = { name, head };
    try {
      await drain(this.lines(info, new SnapshotCheck()));
    } catch (error) {
      await this.objects.erase(name);
      throw error;
    }
    return info;
  }

  async load(info: SnapshotInfo): Promise<ReplayStart> {
    const loader = new StateLoader();
    const check = new SnapshotCheck((line) => loader.add(JSON.parse(line.toString()) as SnapshotRecord));
    await drain(this.lines(info, check));
    const { head, epoch, hub } = check.finish(info.head);
    return { state: loader.finish(), head, epoch, hub };
  }

  /** Every line as stored, many at a time, shown to `check` first. Throws SnapshotDamaged, at the latest behind the last line, when it is not whole. */
  async *lines(info: SnapshotInfo, check: SnapshotCheck): AsyncGenerator<Buffer[], void, undefined> {
    const object = await this.objects.info(info.name);
    if (object === null) throw new SnapshotDamaged(`the snapshot ${info.name} is gone`);
    const reading = { failure: undefined as unknown };
    try {
      for await (const lines of splitLines(noting(this.objects.read(object), reading), RECORD_BYTES_MAX)) {
        for (const line of lines) check.add(line);
        yield lines;
      }
      check.finish(info.head);
    } catch (error) {
      if (reading.failure !== undefined && !(reading.failure instanceof StreamStalled)) throw reading.failure;
      if (error instanceof SnapshotNewer) throw error;
      throw new SnapshotDamaged(`the snapshot ${info.name} is damaged`, { cause: error });
    }
  }

  erase(info: Pick<SnapshotInfo, 'name'>): Promise<void> {
    return this.objects.erase(info.name);
  }

  /** Frees what half-written snapshots left. Must not run while another snapshot is being written. */
  eraseOrphans(): Promise<number> {
    return this.objects.eraseOrphans();
  }
}

/** Zero-padded, so that names sort as sequences do. */
export function snapshotName(seq: number): string {
  return String(seq).padStart(16, '0');
}

/** The lines of a snapshot, each with its newline. */
export function* snapshotLines(head: SnapshotHead, state: State): Generator<string, void, undefined> {
  const sum = createHash('sha256');
  let count = 0;
  const first = `${JSON.stringify(head)}\n`;
  sum.update(first);
  yield first;
  for (const record of dumpState(state)) {
    const line = `${JSON.stringify(record)}\n`;
    sum.update(line);
    count++;
    yield line;
  }
  yield `${JSON.stringify({ count, sha256: sum.digest('hex') })}\n`;
}

/** Reads a snapshot's lines in order; a record is handed on as soon as a line behind it shows that it is not the foot. */
export class SnapshotCheck {
  readonly #sum: Hash = createHash('sha256');
  #head: SnapshotHead | null = null;
  #held: Buffer | null = null;
  #count = 0;
  #digest: string | null = null;

  constructor(private readonly onRecord: (line: Buffer) => void = () => undefined) {}

  add(line: Buffer): void {
    if (this.#head === null) {
      this.#head = parseHead(line);
      this.#sum.update(line);
      return;
    }
    if (this.#held !== null) {
      this.#sum.update(this.#held);
      this.#count++;
      this.onRecord(this.#held);
    }
    this.#held = line;
  }

  /** Throws when the whole is not what its foot says, or not of `head` if one is given. */
  finish(head: JournalHead | null): SnapshotHead {
    if (this.#head === null || this.#held === null) throw new Error('it is incomplete');
    const foot = JSON.parse(this.#held.toString()) as { count?: unknown; sha256?: unknown };
    this.#digest ??= this.#sum.digest('hex');
    if (foot.count !== this.#count || foot.sha256 !== this.#digest) throw new Error('its checksum is wrong');
    const { journal, seq, hash } = this.#head.head;
    if (head !== null && (journal !== head.journal || seq !== head.seq || hash !== head.hash)) {
      throw new Error('it is of another end');
    }
    return this.#head;
  }
}

function parseHead(line: Buffer): SnapshotHead {
  const head = JSON.parse(line.toString()) as SnapshotHead;
  if (typeof head.v !== 'number' || typeof head.head?.seq !== 'number') throw new Error('it has no head');
  if (head.v > SNAPSHOT_VERSION) throw new SnapshotNewer(head.head, head.v);
  return head;
}

function headFrom(object: StoredObject): JournalHead | null {
  const { journal, seq, hash } = object.metadata ?? {};
  return journal === undefined || seq === undefined || hash === undefined ? null : { journal, seq: Number(seq), hash };
}

/** Passes `source` on and notes its own failure, to tell it from one of what reads it. */
async function* noting<T>(source: AsyncIterable<T>, note: { failure: unknown }): AsyncGenerator<T, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    note.failure = error;
    throw error;
  }
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source);
}
