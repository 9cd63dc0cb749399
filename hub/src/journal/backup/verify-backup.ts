// Reads a backup as a restore would, into a scratch state, and says what is in it.

import type { JournalHead, Recovered } from '../../coordinator/ports.js';
import { type SnapshotRecord, StateLoader } from '../../core/snapshot.js';
import { sha256 } from '../log/codec.js';
import { fromTheBeginning, Replay } from '../log/replay.js';
import { stateHash } from '../log/state-hash.js';
import { SnapshotCheck } from '../snapshot/snapshots.js';
import { BackupDamaged, type Manifest, type Reading, readBackup } from './backup-file.js';
import { BackupFile, type BackupSource } from './backup-source.js';
import { parseRaw, type RawMessage } from './raw-stream.js';

export interface BackupReport {
  readonly manifest: Manifest;
  readonly head: JournalHead;
  readonly tasks: number;
  readonly agents: number;
  /** Batches behind the snapshot. */
  readonly batches: number;
  readonly bodies: number;
  readonly archived: number;
  readonly stateHash: string;
  /** It is the one that the hub's journal had come to; undefined when the backup does not say. */
  readonly isSameState: boolean | undefined;
  /** Bodies the state names that the backup does not hold as they were stored. */
  readonly bodiesMissing: readonly string[];
}

/** Throws BackupDamaged when the backup is not whole, or does not replay to the end it names. */
export async function verifyBackup(backup: string | BackupSource, how: Reading = {}): Promise<BackupReport> {
  const source = typeof backup === 'string' ? new BackupFile(backup) : backup;
  return (await replayBackup(source, how)).report;
}

/** What keeps a backup from being a proof of itself, each in a few words; none when nothing does. */
export function problemsOf({ bodiesMissing, isSameState }: BackupReport): string[] {
  return [
    ...bodiesMissing.map((ref) => `the body ${ref} is missing or damaged`),
    ...(isSameState === false ? ['it replays to another state than the hub had'] : []),
  ];
}

export async function replayBackup(
  source: BackupSource,
  how: Reading = {},
): Promise<{ report: BackupReport; recovered: Recovered }> {
  const reading = new Replaying(source.name);
  for await (const line of readBackup(source, how)) {
    if (line.k === 'manifest') reading.begin(line.manifest);
    else if (line.k === 'item') reading.add(line.section, line.json);
    else if (line.k === 'end') reading.ended(line.section, line.items);
  }
  return reading.finish();
}

class Replaying {
  #manifest: Manifest | null = null;
  #loader = new StateLoader();
  #snapshot = new SnapshotCheck((line) => this.#loader.add(JSON.parse(line.toString()) as SnapshotRecord));
  #replay = new Replay(fromTheBeginning(), new Set());
  readonly #bodies = new BodyCheck();
  readonly #items = new Map<string, number>();

  constructor(private readonly file: string) {}

  begin(manifest: Manifest): void {
    if (manifest.kind !== 'backup') throw BackupDamaged.of(this.file, 'it is a raw copy of streams, not a backup');
    this.#manifest = manifest;
  }

  add(section: string, json: Buffer): void {
    this.#naming(() => {
      if (section === 'snapshot') this.#snapshot.add(Buffer.concat([json, NEWLINE]));
      else if (section === 'journal') this.#addBatch(parseRaw(json));
      else if (section === 'bodies') this.#bodies.add(parseRaw(json));
    });
  }

  ended(section: string, items: number): void {
    this.#items.set(section, items);
    if (section !== 'snapshot' || items === 0) return;
    this.#naming(() => {
      const { head, epoch, hub } = this.#snapshot.finish(null);
      this.#replay = new Replay({ state: this.#loader.finish(), head, epoch, hub }, new Set());
    });
  }

  finish(): { report: BackupReport; recovered: Recovered } {
    const manifest = this.#manifest;
    if (manifest === null || manifest.head === null) throw BackupDamaged.of(this.file, 'its manifest is incomplete');
    const recovered = this.#replay.result();
    const { state, head } = recovered;
    if (head.seq !== manifest.head.seq || head.hash !== manifest.head.hash) {
      throw BackupDamaged.of(this.file, `it replays to batch ${head.seq}, not to its stated end`);
    }
    const hash = stateHash(state);
    const report: BackupReport = {
      manifest,
      head,
      tasks: state.tasks.size,
      agents: state.agents.size,
      batches: this.#items.get('journal') ?? 0,
      bodies: this.#bodies.whole.size,
      archived: this.#items.get('archive') ?? 0,
      stateHash: hash,
      isSameState: manifest.stateHash === undefined ? undefined : manifest.stateHash === hash,
      bodiesMissing: [...state.bodies.keys()].filter((ref) => !this.#bodies.whole.has(ref)),
    };
    return { report, recovered };
  }

  #addBatch(message: RawMessage): void {
    this.#replay.add(message.data, message.seq);
  }

  #naming(step: () => void): void {
    try {
      step();
    } catch (error) {
      throw BackupDamaged.of(this.file, error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

const NEWLINE = Buffer.from('\n');

/** Pairs the chunks of the bodies' object store with the names that come behind them. */
class BodyCheck {
  readonly whole = new Set<string>();
  readonly #hashes = new Map<string, string>();

  add(message: RawMessage): void {
    if (message.subject.startsWith('C.')) {
      this.#hashes.set(message.subject.slice(2), sha256(message.data));
      return;
    }
    const { name, nuid } = JSON.parse(Buffer.from(message.data).toString()) as { name: string; nuid: string };
    if (this.#hashes.get(nuid) === name.slice(name.indexOf('.') + 1)) this.whole.add(name);
    this.#hashes.delete(nuid);
  }
}
