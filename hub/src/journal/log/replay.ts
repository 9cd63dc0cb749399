// Folds stored messages into a state, checking the chain on the way, and judges the result by what was known of the journal.

import type { JournalHead, Recovered, StoredBatch } from '../../coordinator/ports.js';
import { apply } from '../../core/apply.js';
import { UnknownEvent } from '../../core/event-errors.js';
import { emptyState, type State } from '../../core/state.js';
import { ChainBroken, decode, EMPTY_HEAD } from './codec.js';
import { JournalRefused } from './refused.js';

/** A state to go on from: that of a snapshot, or the empty one. */
export interface ReplayStart {
  readonly state: State;
  readonly head: JournalHead;
  readonly epoch: number;
  readonly hub: string | null;
}

export function fromTheBeginning(): ReplayStart {
  return { state: emptyState(), head: EMPTY_HEAD, epoch: 0, hub: null };
}

/** After `add` has thrown, `head` is still the end of the good part, but `state` may hold half a batch. */
export class Replay {
  readonly state: State;
  readonly #batchIds = new Set<string>();
  readonly #hashes = new Map<number, string>();
  readonly #readFrom: number;
  #head: JournalHead;
  #epoch: number;
  #hub: string | null;

  /** Remembers the hash at each sequence in `watched`. */
  constructor(
    start: ReplayStart,
    private readonly watched: ReadonlySet<number>,
  ) {
    this.state = start.state;
    this.#readFrom = start.head.seq;
    this.#head = start.head;
    this.#epoch = start.epoch;
    this.#hub = start.hub;
    this.#hashes.set(start.head.seq, start.head.hash);
  }

  get head(): JournalHead {
    return this.#head;
  }

  /** The hash at a watched sequence that was passed, or undefined. */
  hashAt(seq: number): string | undefined {
    return this.#hashes.get(seq);
  }

  /** Applies the message stored at `seq`. Throws ChainBroken when it does not continue what was read. */
  add(bytes: Uint8Array, seq: number): void {
    const batch = decode(bytes, seq, this.#head);
    applyBatch(this.state, batch);
    this.#head = batch.head;
    this.#epoch = Math.max(this.#epoch, batch.epoch);
    this.#hub = batch.hub;
    this.#batchIds.add(batch.id);
    if (this.watched.has(seq)) this.#hashes.set(seq, batch.head.hash);
  }

  result(): Recovered {
    return {
      state: this.state,
      head: this.#head,
      epoch: this.#epoch,
      lastHub: this.#hub,
      readFrom: this.#readFrom,
      batchIds: this.#batchIds,
    };
  }
}

/** Throws ChainBroken when an event is unknown or cannot have happened. */
export function applyBatch(state: State, batch: StoredBatch): void {
  for (const event of batch.events) {
    try {
      apply(state, event, batch.at);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const kind = cause instanceof UnknownEvent ? 'newer' : 'damaged';
      throw new ChainBroken(kind, batch.head.seq, `message ${batch.head.seq}: ${reason}`, { cause });
    }
  }
}

/** An end the journal is known to have had, and where that is known from. */
export interface WitnessedHead {
  readonly head: JournalHead;
  readonly source: string;
}

/**
 * Decides whether what was read is the whole journal. `streamLastSeq` is the last sequence the store claims to have,
 * `broken` what ended the reading early. Returns the refusal, or null when the journal can be trusted.
 */
export function judge(
  replay: Replay,
  known: readonly WitnessedHead[],
  streamLastSeq: number,
  broken: ChainBroken | null,
): JournalRefused | null {
  const end = replay.head;
  const highest = known.reduce((high, { head }) => (head.seq > high.seq ? head : high), end);
  const knownHead = streamLastSeq > highest.seq ? { journal: end.journal, seq: streamLastSeq, hash: '' } : highest;
  if (broken !== null) return new JournalRefused(broken.kind, broken.message, end, knownHead, { cause: broken });

  for (const { head, source } of known) {
    if (head.seq === 0) continue;
    if (end.journal !== '' && head.journal !== end.journal) {
      return new JournalRefused(
        'foreign',
        `it is ${end.journal}, but ${source} belongs to ${head.journal}`,
        end,
        knownHead,
      );
    }
    if (head.seq > end.seq) {
      return new JournalRefused('truncated', `it ends at ${end.seq}, but ${source} is ${head.seq}`, end, knownHead);
    }
    const hash = replay.hashAt(head.seq);
    if (hash !== undefined && hash !== head.hash) {
      return new JournalRefused('rewritten', `batch ${head.seq} is not the one that ${source} names`, end, knownHead);
    }
  }
  if (streamLastSeq !== end.seq) {
    const reason =
      streamLastSeq > end.seq
        ? `it can be read only up to ${end.seq}, but the stream counts to ${streamLastSeq}`
        : `the stream counts only to ${streamLastSeq}, but the newest snapshot is at ${end.seq}`;
    return new JournalRefused('truncated', reason, end, knownHead);
  }
  return null;
}
