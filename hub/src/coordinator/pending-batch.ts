// One batch while it fills: its events as they are stored, what changed for the feed, and what is said to whom once it is durable.

import type { Change } from '../core/change.js';
import type { Refusal } from '../core/refusal.js';
import type { Batch, CoordinatorOutput } from './ports.js';
import { refused } from './replies.js';

/**
 * A batch is closed to further commands from here, in characters of JSON. One command adds at most 256 Ki more. Texts over 128 KiB get pages
 * of their own from V8, and these are slow to come: reading batches of half a MiB took a fifth longer.
 */
export const BATCH_CHARS = 96 * 1024;

export class PendingBatch {
  readonly changes: Change[] = [];
  readonly outputs: CoordinatorOutput[] = [];
  readonly #events: string[] = [];
  #chars = 0;

  constructor(
    readonly id: string,
    /** The one time of all decisions in this batch, ms. */
    readonly at: number,
  ) {}

  get isFull(): boolean {
    return this.#chars >= BATCH_CHARS;
  }

  add(changes: readonly Change[]): void {
    for (const change of changes) {
      const text = JSON.stringify(change.event);
      this.#chars += text.length;
      this.#events.push(text);
      this.changes.push(change);
    }
  }

  /** What is said instead when the batch is not stored, or not known to be: every answer becomes the refusal, the rest is not said. */
  refusedWith(refusal: Refusal): CoordinatorOutput[] {
    return this.outputs.flatMap((output) => refused(output, refusal) ?? []);
  }

  batch(epoch: number, hub: string): Batch {
    return { id: this.id, epoch, at: this.at, hub, events: this.#events };
  }
}
