// Folds stored messages into a state, checking the chain on the way, and judges the result by what was known of the journal.

import type { Recovered, StoredBatch, Tip } from '../coordinator/ports.js';
import { apply } from '../core/apply.js';
import { emptyState, type State } from '../core/state.js';
import { UnknownEvent } from '../core/unknown-event.js';
import { ChainBroken, decode, NOWHERE } from './codec.js';
import { JournalRefused } from './refused.js';

/** A state to go on from: that of a snapshot, or the empty one. */
export interface ReplayStart {
  readonly state: State;
  readonly tip: Tip;
  readonly epoch: number;
  readonly hub: string | null;
}

export function fromTheBeginning(): ReplayStart {
  return { state: emptyState(), tip: NOWHERE, epoch: 0, hub: null };
}

/** After `add` has thrown, `tip` is still the end of the good part, but `state` may hold half a batch. */
export class Replay {
  readonly state: State;
  readonly #batchIds = new Set<string>();
  readonly #hashes = new Map<number, string>();
  readonly #readFrom: number;
  #tip: Tip;
  #epoch: number;
  #hub: string | null;

  /** Remembers the hash at each sequence in `watched`. */
  constructor(
    start: ReplayStart,
    private readonly watched: ReadonlySet<number>,
  ) {
    this.state = start.state;
    this.#readFrom = start.tip.seq;
    this.#tip = start.tip;
    this.#epoch = start.epoch;
    this.#hub = start.hub;
    this.#hashes.set(start.tip.seq, start.tip.hash);
  }

  get tip(): Tip {
    return this.#tip;
  }

  /** The hash at a watched sequence that was passed, or undefined. */
  hashAt(seq: number): string | undefined {
    return this.#hashes.get(seq);
  }

  /** Applies the message stored at `seq`. Throws ChainBroken when it does not continue what was read. */
  add(bytes: Uint8Array, seq: number): void {
    const batch = decode(bytes, seq, this.#tip);
    applyBatch(this.state, batch);
    this.#tip = batch.tip;
    this.#epoch = Math.max(this.#epoch, batch.epoch);
    this.#hub = batch.hub;
    this.#batchIds.add(batch.id);
    if (this.watched.has(seq)) this.#hashes.set(seq, batch.tip.hash);
  }

  result(): Recovered {
    return {
      state: this.state,
      tip: this.#tip,
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
      throw new ChainBroken(kind, batch.tip.seq, `message ${batch.tip.seq}: ${reason}`, { cause });
    }
  }
}

/** An end the journal is known to have had, and where that is known from. */
export interface KnownEnd {
  readonly tip: Tip;
  readonly source: string;
}

/**
 * Decides whether what was read is the whole journal. `streamLastSeq` is the last sequence the store claims to have,
 * `broken` what ended the reading early. Returns the refusal, or null when the journal can be trusted.
 */
export function judge(
  replay: Replay,
  known: readonly KnownEnd[],
  streamLastSeq: number,
  broken: ChainBroken | null,
): JournalRefused | null {
  const end = replay.tip;
  const highest = known.reduce((high, { tip }) => (tip.seq > high.seq ? tip : high), end);
  const knownEnd = streamLastSeq > highest.seq ? { journal: end.journal, seq: streamLastSeq, hash: '' } : highest;
  if (broken !== null) return new JournalRefused(broken.kind, broken.message, end, knownEnd, { cause: broken });

  for (const { tip, source } of known) {
    if (tip.seq === 0) continue;
    if (end.journal !== '' && tip.journal !== end.journal) {
      return new JournalRefused('foreign', `it is ${end.journal}, but ${source} is of ${tip.journal}`, end, knownEnd);
    }
    if (tip.seq > end.seq) {
      return new JournalRefused('truncated', `it ends at ${end.seq}, but ${source} is ${tip.seq}`, end, knownEnd);
    }
    const hash = replay.hashAt(tip.seq);
    if (hash !== undefined && hash !== tip.hash) {
      return new JournalRefused('rewritten', `batch ${tip.seq} is not the one that ${source} names`, end, knownEnd);
    }
  }
  if (streamLastSeq !== end.seq) {
    const reason =
      streamLastSeq > end.seq
        ? `it can be read to ${end.seq} only, but the stream counts to ${streamLastSeq}`
        : `the stream counts to ${streamLastSeq} only, but the newest snapshot is of ${end.seq}`;
    return new JournalRefused('truncated', reason, end, knownEnd);
  }
  return null;
}
