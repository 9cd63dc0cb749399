// One batch while it fills: events and their encoding, who waits for it, and what to say once it is durable.

import type { Refusal } from '../core/decision.js';
import type { Effect } from '../core/effects.js';
import type { Event } from '../core/events.js';
import type { Batch } from './ports.js';

/** Called once: 'stored' when everything the waiter saw is durable, else why it may not be. */
export type Release = (outcome: 'stored' | Refusal) => void;

/** A batch is closed to further commands from here, in characters of JSON. One command adds at most half as much again. */
export const BATCH_CHARS = 512 * 1024;

export class PendingBatch {
  readonly facts: Event[] = [];
  readonly events: string[] = [];
  readonly releases: Release[] = [];
  readonly effects: Effect[] = [];
  #chars = 0;

  constructor(
    readonly id: string,
    /** The one time of all decisions in this batch, ms. */
    readonly at: number,
  ) {}

  get isFull(): boolean {
    return this.#chars >= BATCH_CHARS;
  }

  add(events: readonly Event[], effects: readonly Effect[]): void {
    for (const event of events) {
      const text = JSON.stringify(event);
      this.#chars += text.length;
      this.events.push(text);
      this.facts.push(event);
    }
    this.effects.push(...effects);
  }

  release(outcome: 'stored' | Refusal): void {
    for (const release of this.releases) release(outcome);
  }

  batch(epoch: number, hub: string): Batch {
    return { id: this.id, epoch, at: this.at, hub, events: this.events };
  }
}
