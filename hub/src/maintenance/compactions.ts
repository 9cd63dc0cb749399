// Compaction on demand, as an operation, and when one was last done.

import type { Operation } from '@agentcom/schemas';
import { Refusal } from '../core/decision.js';
import type { Operations } from './operations.js';

const STEPS = 2;

export interface CompactionParts {
  readonly operations: Pick<Operations, 'start'>;
  /** Takes a snapshot and erases what it makes superfluous. */
  readonly compact: (signal: AbortSignal) => Promise<void>;
  /** What journal and snapshots take. */
  readonly bytes: () => Promise<number>;
  readonly leads: () => boolean;
}

export class Compactions {
  readonly #parts: CompactionParts;
  /** Wall clock, ms; undefined before the first one of this hub's life. */
  lastAt: number | undefined;

  constructor(parts: CompactionParts) {
    this.#parts = parts;
  }

  /** One was done, whoever asked for it. */
  done(): void {
    this.lastAt = Date.now();
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
}
