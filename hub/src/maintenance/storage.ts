// How large each stream is, how much of that is held by what nobody needs, how far replicas are behind, and how old the newest snapshot is: looked
// at now and then, so that whoever asks need not wait and no probe costs anything.

import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Scheduler, Storage } from '@agentcom/schemas';
import type { StreamInfo } from '@nats-io/jetstream';
import type { StreamFigures } from '../core/alert/figures.js';
import { iso } from '../core/iso.js';
import { bucketStream, copiedStreams, type ShardNames } from '../jetstream/names.js';
import { Lifecycle } from '../lifecycle.js';

const LOOK_EVERY_MS = 30_000;
/** After the first look: a hub that has just started has hardly written anything then. */
const SECOND_LOOK_MS = 1_000;
const NS_PER_MS = 1e6;
const JOURNAL = 'journal';

type StreamSize = Storage['streams'][number];

/** Wall clock, ms. */
export interface StorageTimes {
  readonly lastCompactionAt: number | undefined;
  readonly lastBackupAt: number | undefined;
  readonly lastOffSiteAt: number | undefined;
  readonly lastProofAt: number | undefined;
}

interface WatchedStream {
  /** As people know it; those without are looked at for alerts alone. */
  readonly section?: string;
  readonly stream: string;
}

export interface StorageParts {
  readonly scheduler: Scheduler;
  readonly streams: readonly WatchedStream[];
  readonly info: (stream: string) => Promise<Pick<StreamInfo, 'config' | 'state' | 'cluster'>>;
  /** Of the newest snapshot, and of the oldest that is kept: what is before that is superseded. 0 where there is none. */
  readonly snapshotSeqs: () => Promise<{ readonly newest: number; readonly oldest: number }>;
  /** What each stream takes in files; undefined where nats-server is another's. */
  readonly diskBytes: () => Promise<ReadonlyMap<string, number> | undefined>;
  /** The hub's own time, ms. */
  readonly now: () => number;
  readonly times: () => StorageTimes;
  /** What was known stays known. */
  readonly onFailed: (error: unknown) => void;
}

interface Replica {
  readonly name: string;
  readonly behindMs: number;
}

export class StorageWatch extends Lifecycle {
  readonly #parts: StorageParts;
  #cancel: () => void = () => undefined;
  #looking: Promise<void> | undefined;
  #looks = 0;
  #snapshotSeq: number | undefined;
  #sections: readonly StreamSize[] = [];
  sizes: readonly StreamFigures[] = [];
  replicas: readonly Replica[] = [];
  /** When the newest snapshot was first seen, or first none. */
  snapshotAt: number | undefined;

  constructor(parts: StorageParts) {
    super();
    this.#parts = parts;
  }

  /** Resolves once it has looked. */
  override async start(): Promise<void> {
    const { scheduler, onFailed } = this.#parts;
    this.#looking = this.#look().catch((error: unknown) => {
      if (!this.isStopping) onFailed(error);
    });
    await this.#looking;
    const nextMs = ++this.#looks === 1 ? SECOND_LOOK_MS : LOOK_EVERY_MS;
    if (!this.isStopping) this.#cancel = scheduler.after(nextMs, () => void this.start());
  }

  protected override async end(): Promise<void> {
    this.#cancel();
    await this.#looking;
  }

  get storage(): Storage {
    const times = Object.entries(this.#parts.times()).flatMap(([name, at]) =>
      at === undefined ? [] : [[name, iso(at as number)]],
    );
    return {
      streams: [...this.#sections],
      // Without one, it is since when there was none.
      ...(this.snapshotAt !== undefined && this.#snapshotSeq !== 0 && { lastSnapshotAt: iso(this.snapshotAt) }),
      ...Object.fromEntries(times),
    };
  }

  async #look(): Promise<void> {
    const { streams, info, now, snapshotSeqs, diskBytes } = this.#parts;
    const { newest, oldest } = await snapshotSeqs();
    if (newest !== this.#snapshotSeq) this.snapshotAt = now();
    this.#snapshotSeq = newest;
    const found = await Promise.all(streams.map(async (watched) => ({ ...watched, ...(await info(watched.stream)) })));
    this.sizes = found.map(({ config, state }) => ({
      name: config.name,
      bytes: state.bytes,
      ...maxOf(config),
    }));
    this.replicas = mostBehind(found);
    const disk = await diskBytes();
    this.#sections = found.flatMap(({ section, stream, state, config }) => {
      if (section === undefined) return [];
      const onDisk = disk === undefined ? undefined : (disk.get(stream) ?? 0);
      return [{ name: section, ...sizeOf(state, onDisk, section === JOURNAL ? oldest : 0), ...maxOf(config) }];
    });
  }
}

/** What it may hold, where that is bounded. */
function maxOf({ max_bytes: bytesMax }: Pick<StreamInfo['config'], 'max_bytes'>): { bytesMax?: number } {
  return bytesMax > 0 ? { bytesMax } : {};
}

/** All that a shard has, the journal first. */
export function watchedStreams(names: ShardNames): readonly WatchedStream[] {
  return [
    { section: JOURNAL, stream: names.journal },
    { section: 'snapshots', stream: bucketStream(names.snapshots) },
    ...copiedStreams(names),
    { stream: names.deliveries },
  ];
}

/** Of each server the stream in which it is the furthest behind; one that has everything is not. */
function mostBehind(found: readonly Pick<StreamInfo, 'cluster'>[]): Replica[] {
  const behind = new Map<string, number>();
  for (const { cluster } of found) {
    for (const { name, current, active } of cluster?.replicas ?? []) {
      const ms = current ? 0 : Math.round(active / NS_PER_MS);
      behind.set(name, Math.max(behind.get(name) ?? 0, ms));
    }
  }
  return Array.from(behind, ([name, behindMs]) => ({ name, behindMs }));
}

interface StreamState {
  readonly messages: number;
  readonly bytes: number;
  readonly first_seq: number;
}

/** `before`: messages below this sequence are superseded. */
export function sizeOf(
  { messages, bytes, first_seq: first }: StreamState,
  diskBytes: number | undefined,
  before: number,
): Omit<StreamSize, 'name'> {
  const superseded = messages === 0 ? 0 : Math.min(1, Math.max(0, before - first) / messages) * bytes;
  const slack = Math.max(0, (diskBytes ?? 0) - bytes);
  return { messages, bytes, ...(diskBytes !== undefined && { diskBytes }), heldBytes: Math.round(superseded + slack) };
}

/** Each stream's files are in a folder of its name. */
export async function bytesByStream(storeDir: string): Promise<Map<string, number>> {
  const bytes = new Map<string, number>();
  for (const path of await readdir(storeDir, { recursive: true })) {
    const parts = path.split(sep);
    const stream = parts[parts.indexOf('streams') + 1];
    if (!parts.includes('streams') || stream === undefined || !path.endsWith('.blk')) continue;
    // A block may go while it is looked at.
    const size = await stat(join(storeDir, path)).then(
      (file) => file.size,
      () => 0,
    );
    bytes.set(stream, (bytes.get(stream) ?? 0) + size);
  }
  return bytes;
}
