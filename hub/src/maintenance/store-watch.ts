// How full the streams are, how far their replicas are behind, and how old the newest snapshot is: looked at now and then, so that
// whoever asks need not wait.

import type { Scheduler } from '@agentcom/schemas';
import type { StreamInfo } from '@nats-io/jetstream';
import type { StreamFigures } from '../core/alert/figures.js';
import { Lifecycle } from '../lifecycle.js';

const LOOK_EVERY_MS = 30_000;
const NS_PER_MS = 1e6;

export interface StoreWatchParts {
  readonly scheduler: Scheduler;
  readonly streams: readonly string[];
  readonly info: (stream: string) => Promise<Pick<StreamInfo, 'config' | 'state' | 'cluster'>>;
  /** The hub's own time, ms. */
  readonly now: () => number;
  /** Its sequence, 0 when there is none. */
  readonly newestSnapshot: () => Promise<number>;
  /** What was known stays known. */
  readonly onFailed: (error: unknown) => void;
}

interface Replica {
  readonly name: string;
  readonly behindMs: number;
}

export class StoreWatch extends Lifecycle {
  readonly #parts: StoreWatchParts;
  #cancel: () => void = () => undefined;
  #snapshotSeq: number | undefined;
  sizes: readonly StreamFigures[] = [];
  replicas: readonly Replica[] = [];
  /** When the newest snapshot was first seen. */
  snapshotAt: number | undefined;

  constructor(parts: StoreWatchParts) {
    super();
    this.#parts = parts;
  }

  /** Resolves once it has looked. */
  override async start(): Promise<void> {
    const { scheduler, onFailed } = this.#parts;
    await this.#look().catch((error: unknown) => {
      if (!this.isStopping) onFailed(error);
    });
    if (!this.isStopping) this.#cancel = scheduler.after(LOOK_EVERY_MS, () => void this.start());
  }

  protected override end(): void {
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { streams, info, now, newestSnapshot } = this.#parts;
    const seq = await newestSnapshot();
    if (seq !== this.#snapshotSeq) this.snapshotAt = now();
    this.#snapshotSeq = seq;
    const found = await Promise.all(streams.map(info));
    this.sizes = found.map(({ config, state }) => ({
      name: config.name,
      bytes: state.bytes,
      ...(config.max_bytes > 0 && { bytesMax: config.max_bytes }),
    }));
    this.replicas = mostBehind(found);
  }
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
