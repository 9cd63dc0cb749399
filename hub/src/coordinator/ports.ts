// What the coordinator needs from the world: a journal to append to, and a way to learn what the journal holds.
// The NATS journal and the in-memory journal of the simulation both implement these, and pass one conformance suite.

import type { Event } from '../core/events.js';
import type { State } from '../core/state.js';

/** The end of the journal as somebody knows it: `hash` is the SHA-256 (hex) of the stored bytes of message `seq`, '' before the first. */
export interface JournalHead {
  readonly journal: string;
  readonly seq: number;
  readonly hash: string;
}

/** One group commit. `events` are JSON texts, encoded once when they were decided. `at` is in ms since the epoch. */
export interface Batch {
  readonly id: string;
  readonly epoch: number;
  readonly at: number;
  readonly hub: string;
  readonly events: readonly string[];
}

/** A batch as read back from the journal. */
export interface StoredBatch {
  readonly id: string;
  readonly epoch: number;
  readonly at: number;
  readonly hub: string;
  readonly events: readonly Event[];
  readonly head: JournalHead;
}

/**
 * `acked`: durable, `head` is the new end. `overtaken`: certainly not stored, somebody else appended there.
 * `unknown`: it may or may not be stored; only a recovery can tell.
 */
export type AppendOutcome =
  | { readonly kind: 'acked'; readonly head: JournalHead }
  | { readonly kind: 'overtaken' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The state at the end of the journal, read and checked: contiguous, chained, of one journal, reaching `atLeast`. */
export interface Recovered {
  readonly state: State;
  readonly head: JournalHead;
  /** Highest epoch in the journal; 0 for an empty one. */
  readonly epoch: number;
  /** Who appended the last batch, or null for an empty journal. */
  readonly lastHub: string | null;
  /** Sequence of the snapshot the reading began behind; 0 without one. */
  readonly readFrom: number;
  /** Ids of the batches read behind `readFrom`, to tell what became of appends with an unknown outcome. */
  readonly batchIds: ReadonlySet<string>;
}

export interface JournalPort {
  /** Appends after `after`; resolves with the outcome and never rejects. Bounded in time. */
  append(batch: Batch, after: JournalHead): Promise<AppendOutcome>;
  /**
   * Reads the newest usable snapshot and every batch behind it. `atLeast` is the highest acknowledged end this process knows.
   * Rejects with JournalRefused when the journal is truncated, rewritten or foreign, and with any other error when it cannot be read just now.
   */
  recover(atLeast: JournalHead | null): Promise<Recovered>;
  /** Hands out, in order, each batch behind `after` as it is stored, until the returned function is called. `onBroken` gets what ended it early. */
  follow(after: JournalHead, onBatch: (batch: StoredBatch) => void, onBroken: (error: Error) => void): () => void;
}
