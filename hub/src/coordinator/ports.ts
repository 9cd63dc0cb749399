// What goes into the coordinator and comes out of it, as plain data, and what it needs from the world: a journal to append to, and a way to
// learn what the journal holds. The NATS journal and the in-memory journal of the simulation pass one conformance suite.

import type { RequestId } from '@agentcom/schemas';
import type { Change } from '../core/change.js';
import type { Command } from '../core/commands.js';
import type { Event } from '../core/events.js';
import type { Output } from '../core/outputs.js';
import type { State } from '../core/state.js';

/**
 * A command and where it came from. `connection` names a socket, or the part of the hub that asks; it shares the queue fairly. A socket's
 * command is answered with a frame that carries `re`, if it has one; a call of this process by `call`.
 */
export interface CoordinatorInput {
  readonly connection: string;
  readonly command: Command;
  readonly re?: RequestId;
  readonly call?: number;
  /** Comes back with the answer, for whoever holds something until then. */
  readonly token?: number;
}

/** `outcome` is the command's reply or a Refusal; for a read `{seq, value}` or a Refusal. */
export type CoordinatorOutput =
  | (Output & { readonly token?: number })
  | { readonly kind: 'reply'; readonly call: number; readonly outcome: unknown };

export type LeadershipPhase = 'recovering' | 'following' | 'taking' | 'leading' | 'stopped';

export interface CoordinatorOutputs {
  /** Something waits to be appended: call `flush` once everything that has arrived by now was handed in. */
  gathered(): void;
  /** Begins an append; its outcome comes back by `appended`. Called only while none is under way. */
  append(batch: Batch, after: JournalHead): void;
  /** Begins a recovery; it comes back by `recovered`. `atLeast` is the highest acknowledged end known here. */
  recover(atLeast: JournalHead | null): void;
  /** Begins handing in the batches after `after` by `followed`, until the phase changes. */
  follow(after: JournalHead): void;
  /** What batch `seq` changed; it is durable. */
  committed(changes: readonly Change[], seq: number): void;
  /** The state was read anew, up to `seq`: what changed before that was not told. */
  reset(seq: number): void;
  /** Answers and frames, in order; everything that they tell of is durable. */
  deliver(outputs: readonly CoordinatorOutput[]): void;
  /** Told at each change. Only a leading hub serves sockets. */
  phase(phase: LeadershipPhase): void;
  /** Deciding this command threw, which no command may. The state is dropped and read again. */
  defect(error: unknown, command: Command['type']): void;
}

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

/** The journal can be read and must not be trusted: this hub may not go on. Its message says what to do. */
export class JournalUntrusted extends Error {}

export interface JournalPort {
  /** Appends after `after`; resolves with the outcome and never rejects. Bounded in time. */
  append(batch: Batch, after: JournalHead): Promise<AppendOutcome>;
  /**
   * Reads the newest usable snapshot and every batch behind it. `atLeast` is the highest acknowledged end this process knows.
   * Rejects with JournalUntrusted when the journal is truncated, rewritten or foreign, and with any other error when it cannot be read just now.
   */
  recover(atLeast: JournalHead | null): Promise<Recovered>;
  /** Hands out, in order, each batch behind `after` as it is stored, until the returned function is called. `onBroken` gets what ended it early. */
  follow(after: JournalHead, onBatch: (batch: StoredBatch) => void, onBroken: (error: Error) => void): () => void;
}
