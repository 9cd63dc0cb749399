// The output of one attempt on its way into the stream: what came and is not stored yet, in the order of its numbers, each number once.

import { Pace, type PaceSize } from './pace.js';
import type { Attempt, Piece } from './stored.js';

/** Text stored in one message, unless a single piece is larger. */
const BATCH_BYTES = 128 * 1024;

/** One connection of the attempt's sidecar. */
export interface OutputSender {
  readonly connection: string;
  /** Everything up to there is stored. */
  acked(task: string, generation: number, outputSeq: number): void;
}

export interface OutputBatch {
  /** The same for every try to store it. */
  readonly id: string;
  readonly pieces: readonly Piece[];
  readonly bytes: number;
}

export class OutputBuffer {
  readonly pace: Pace;
  /** The newest number in the stream; null until it was looked up. */
  stored: number | null = null;
  /** The last number that belongs to the attempt, once its sidecar has said so. */
  endsAt: number | null = null;
  /** Being stored, or to be tried again. */
  batch: OutputBatch | null = null;
  /** It is in the hands of somebody who will go on with it. */
  busy = false;
  failures = 0;
  #sender: OutputSender | null = null;
  #queue: Piece[] = [];
  #queuedTo = 0;
  /** From there on nothing is taken over this connection until it has been sent again: an acknowledgement covers all before it. */
  #gap: { readonly connection: string; readonly outputSeq: number } | null = null;

  constructor(
    readonly attempt: Attempt,
    size: PaceSize,
    now: number,
  ) {
    this.pace = new Pace(size, now);
  }

  get isIdle(): boolean {
    return !this.busy && this.batch === null && this.#queue.length === 0;
  }

  /** Whether all of it is stored; undefined while nobody has said where it ends. */
  get isWhole(): boolean | undefined {
    if (!this.isIdle) return false;
    return this.endsAt === null ? undefined : (this.stored ?? 0) >= this.endsAt;
  }

  /** The number that comes next; undefined before it is known how far the attempt had come. */
  get nextSeq(): number | undefined {
    const last = Math.max(this.#queuedTo, this.stored ?? 0);
    return this.stored === null && last === 0 ? undefined : last + 1;
  }

  /**
   * A piece that has come over `sender`; `new` is to be kept, `known` came before, `behind_a_gap` must be sent again later. `ahead` is none
   * that a sidecar sends: it would make all the numbers before it known.
   */
  classify(sender: OutputSender, outputSeq: number): 'new' | 'known' | 'behind_a_gap' | 'ahead' {
    this.#sender = sender;
    if (this.#gap !== null && (this.#gap.connection !== sender.connection || outputSeq <= this.#gap.outputSeq)) {
      this.#gap = null;
    }
    if (this.#gap !== null) return 'behind_a_gap';
    if (outputSeq > (this.nextSeq ?? outputSeq)) return 'ahead';
    if (outputSeq > Math.max(this.#queuedTo, this.stored ?? 0)) return 'new';
    this.#ackIfStored(outputSeq);
    return 'known';
  }

  refuse(sender: OutputSender, outputSeq: number): void {
    this.#gap = { connection: sender.connection, outputSeq };
  }

  add(piece: Piece): void {
    this.#queue.push(piece);
    this.#queuedTo = piece.outputSeq;
  }

  /** What the stream had already when it was looked up; returns the bytes that need not be stored again. */
  foundStored(outputSeq: number): number {
    this.stored = outputSeq;
    const before = bytesOf(this.#queue);
    this.#queue = this.#queue.filter((piece) => piece.outputSeq > outputSeq);
    if (outputSeq > 0) this.#ack();
    return before - bytesOf(this.#queue);
  }

  /** The next batch to store, or the one that could not be stored yet; null when there is nothing. */
  nextBatch(newId: () => string): OutputBatch | null {
    if (this.batch !== null || this.#queue.length === 0) return this.batch;
    let bytes = 0;
    let count = 0;
    for (const piece of this.#queue) {
      const size = Buffer.byteLength(piece.data);
      if (count > 0 && bytes + size > BATCH_BYTES) break;
      bytes += size;
      count++;
    }
    this.batch = { id: newId(), pieces: this.#queue.splice(0, count), bytes };
    this.pace.take(bytes);
    return this.batch;
  }

  storedBatch(): void {
    this.stored = this.batch?.pieces.at(-1)?.outputSeq ?? this.stored;
    this.batch = null;
    this.failures = 0;
    this.#ack();
  }

  /** Lets go of everything that is not stored. */
  abandon(): void {
    this.batch = null;
    this.#queue = [];
  }

  #ackIfStored(outputSeq: number): void {
    if (this.stored !== null && outputSeq <= this.stored) this.#ack();
  }

  #ack(): void {
    const { task, generation } = this.attempt;
    if (this.stored !== null && this.stored > 0) this.#sender?.acked(task, generation, this.stored);
  }
}

function bytesOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
}
