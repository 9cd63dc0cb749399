// Compaction on demand and once enough is held in vain, as an operation, and when one was last done.

import type { Cancel, Config, Operation, Scheduler, Storage } from '@agentcom/schemas';
import { Refusal } from '../core/refusal.js';
import { Lifecycle } from '../lifecycle.js';
import { isCompactionDue } from './compaction-schedule.js';
import type { Operations } from './operations.js';

const STEPS = 2;
const LOOK_EVERY_MS = 60_000;
/** Who begins what is due. */
const SCHEDULE = 'hub';

export interface CompactionParts {
  readonly operations: Pick<Operations, 'start' | 'isBusy'>;
  /** Takes a snapshot and erases what it makes superfluous. */
  readonly compact: (signal: AbortSignal) => Promise<void>;
  /** What journal and snapshots take. */
  readonly bytes: () => Promise<number>;
  readonly leads: () => boolean;
  readonly config: () => Config['compaction'];
  /** As of the last look at them. */
  readonly streams: () => Storage['streams'];
  readonly scheduler: Pick<Scheduler, 'after'>;
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly onFailed: (error: unknown) => void;
}

export class Compactions extends Lifecycle {
  readonly #parts: CompactionParts;
  #cancel: Cancel = () => undefined;
  /** One that fails is not tried again every minute. */
  #begunAt: number | undefined;
  /** Wall clock, ms; undefined before the first one of this hub's life. */
  lastAt: number | undefined;

  constructor(parts: CompactionParts) {
    super();
    this.#parts = parts;
  }

  override start(): void {
    this.#lookLater();
  }

  protected override end(): void {
    this.#cancel();
  }

  /** One was done, whoever asked for it. */
  done(): void {
    this.lastAt = this.#parts.now();
  }

  create(by: string): Promise<Operation | Refusal> | Refusal {
    const { operations, compact, bytes, leads } = this.#parts;
    if (!leads()) return new Refusal('hub.not_leader', 'only the leader may compact the journal');
    return operations.start('compaction', by, async ({ signal, progress }) => {
      progress(0, STEPS);
      const bytesBefore = await bytes();
      await compact(signal);
      progress(STEPS, STEPS);
      return { compacted: { bytesBefore, bytesAfter: await bytes() } };
    });
  }

  #lookLater(): void {
    this.#cancel = this.#parts.scheduler.after(LOOK_EVERY_MS, () => {
      void this.#whenDue().finally(() => {
        if (!this.isStopping) this.#lookLater();
      });
    });
  }

  /** What is due waits while something else runs. */
  async #whenDue(): Promise<void> {
    const { operations, leads, config, streams, now, onFailed } = this.#parts;
    if (!leads() || operations.isBusy) return;
    const last = Math.max(this.lastAt ?? 0, this.#begunAt ?? 0);
    if (!isCompactionDue(streams(), config(), last === 0 ? undefined : last, now())) return;
    this.#begunAt = now();
    try {
      await this.create(SCHEDULE);
    } catch (error) {
      onFailed(error);
    }
  }
}
