// How large each stream is, and how much of that is held by what nobody needs: looked at once a minute, so that no probe costs anything.

import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Storage } from '@agentcom/schemas';
import type { JetStreamManager } from '@nats-io/jetstream';
import { iso } from '../core/iso.js';
import { bucketStream, copiedStreams, type ShardNames } from '../jetstream/names.js';
import { Lifecycle } from '../lifecycle.js';

const LOOK_EVERY_MS = 60_000;

type StreamSize = Storage['streams'][number];

/** Wall clock, ms. */
export interface StorageTimes {
  readonly lastCompactionAt: number | undefined;
  readonly lastBackupAt: number | undefined;
  readonly lastOffSiteAt: number | undefined;
  readonly lastProofAt: number | undefined;
}

export interface StorageParts {
  readonly jsm: JetStreamManager;
  readonly names: ShardNames;
  /** Where this hub's own nats-server keeps its streams. */
  readonly storeDir: string | undefined;
  /** Up to where the journal is superseded by the snapshots that are kept. */
  readonly supersededTo: () => Promise<number>;
  readonly times: () => StorageTimes;
}

export class StorageWatch extends Lifecycle {
  readonly #parts: StorageParts;
  #streams: readonly StreamSize[] = [];
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: StorageParts) {
    super();
    this.#parts = parts;
  }

  override start(): void {
    this.#timer = setInterval(() => this.#lookAgain(), LOOK_EVERY_MS);
    this.#lookAgain();
  }

  protected override async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  #lookAgain(): void {
    this.#looking ??= this.look().finally(() => {
      this.#looking = undefined;
    });
  }

  get storage(): Storage {
    const times = Object.entries(this.#parts.times()).flatMap(([name, at]) =>
      at === undefined ? [] : [[name, iso(at as number)]],
    );
    return { streams: [...this.#streams], ...Object.fromEntries(times) };
  }

  /** What cannot be read now stays as it was. */
  async look(): Promise<void> {
    const { jsm, names, storeDir, supersededTo } = this.#parts;
    const streams = [
      { section: 'journal', stream: names.journal },
      { section: 'snapshots', stream: bucketStream(names.snapshots) },
      ...copiedStreams(names),
    ];
    try {
      const disk = storeDir === undefined ? undefined : await bytesByStream(storeDir);
      const oldest = await supersededTo();
      const sizes: StreamSize[] = [];
      for (const { section, stream } of streams) {
        const { state } = await jsm.streams.info(stream);
        const before = section === 'journal' ? oldest : 0;
        sizes.push({
          name: section,
          ...sizeOf(state, disk === undefined ? undefined : (disk.get(stream) ?? 0), before),
        });
      }
      this.#streams = sizes;
    } catch {
      // NATS is away or stops: the probes say so themselves.
    }
  }
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
async function bytesByStream(storeDir: string): Promise<Map<string, number>> {
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
