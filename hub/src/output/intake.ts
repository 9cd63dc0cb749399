// Takes the output of all attempts and stores it beside whatever else the hub does: for each attempt one batch is on its way while the
// next gathers, a few attempts at a time so that the journal's appends never queue behind output, and everything that waits is bounded.

import { backoffMs } from '@agentcom/schemas';
import { Lifecycle } from '../lifecycle.js';
import { type OutputBatch, OutputBuffer, type OutputSender } from './output-buffer.js';
import type { PaceSize } from './pace.js';
import type { Attempt, Piece } from './stored.js';

/** Twice what a sidecar keeps to, because its clock is another one. */
const PACE: PaceSize = { bytesPerSecond: 128 * 1024, burstBytes: 2 * 1024 ** 2 };
/** Text of one agent that waits to be stored, and of all together. */
const AGENT_BYTES = 1024 ** 2;
const ALL_BYTES = 64 * 1024 ** 2;
const SEND_AGAIN_MS = 1_000;
/** Batches on their way at once. */
const APPENDS = 4;
/** Attempts remembered; one that is forgotten is looked up in the stream again. */
const BUFFERS = 1_000;
/** Tasks of which it is known when they last printed something. */
const PRINTED = 20_000;
const RETRY = { baseMs: 250, capMs: 5_000 };

export interface IntakeParts {
  readonly append: (attempt: Attempt, batch: OutputBatch) => Promise<void>;
  /** The newest number of the attempt in the stream, 0 for none. */
  readonly last: (attempt: Attempt) => Promise<number>;
  /** Monotonic, ms. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly onFailed: (error: unknown, attempt: Attempt) => void;
}

/**
 * `taken: false`: not kept; it and everything behind it must be sent again after that time, `isNew` the first time that is said, or `nextSeq`
 * must come first.
 */
export type Taking =
  | { readonly taken: true }
  | { readonly taken: false; readonly nextSeq: number }
  | { readonly taken: false; readonly againMs: number; readonly isNew: boolean };

const TAKEN: Taking = { taken: true };

export class OutputIntake extends Lifecycle {
  readonly #parts: IntakeParts;
  /** The least recently used first. */
  #buffers = new Map<string, OutputBuffer>();
  #heldBy = new Map<string, number>();
  #held = 0;
  readonly #owners = new WeakMap<OutputBuffer, string>();
  /** When the newest piece of each task came, by its id, the least recent first; in the time of `now`. */
  readonly printedAt = new Map<string, number>();
  #appending = 0;
  #waiting = new Set<OutputBuffer>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(parts: IntakeParts) {
    super();
    this.#parts = parts;
  }

  /** One piece from the agent whose attempt it is. Its acknowledgement comes through `sender` once it is stored. */
  take(sender: OutputSender, agent: string, attempt: Attempt, piece: Piece): Taking {
    const buffer = this.#bufferOf(attempt);
    const kind = buffer.classify(sender, piece.outputSeq);
    if (kind === 'known') return TAKEN;
    if (kind === 'ahead') return { taken: false, nextSeq: buffer.nextSeq ?? 1 };
    if (kind === 'behind_a_gap') return { taken: false, againMs: SEND_AGAIN_MS, isNew: false };
    const bytes = Buffer.byteLength(piece.data);
    const owner = `${attempt.org}/${agent}`;
    const held = this.#heldBy.get(owner) ?? 0;
    if (held + bytes > AGENT_BYTES || this.#held + bytes > ALL_BYTES) {
      buffer.refuse(sender, piece.outputSeq);
      return { taken: false, againMs: SEND_AGAIN_MS, isNew: true };
    }
    this.#owners.set(buffer, owner);
    this.#hold(buffer, bytes);
    buffer.add(piece);
    this.#notePrinted(attempt.task);
    this.#advance(buffer);
    return TAKEN;
  }

  /** The attempt's sidecar has said which piece is the last. */
  ended(attempt: Attempt, outputSeq: number): void {
    const buffer = this.#bufferOf(attempt);
    buffer.endsAt = Math.max(buffer.endsAt ?? 0, outputSeq);
  }

  /** Whether all output of an attempt is stored; undefined when this hub cannot tell. */
  isWhole(attempt: Attempt): boolean | undefined {
    return this.#buffers.get(keyOf(attempt))?.isWhole;
  }

  /** Forgets everything that is not stored: it was not acknowledged, so it is sent again, perhaps to another hub. */
  override onFollowing(): void {
    for (const buffer of this.#buffers.values()) buffer.abandon();
    this.#buffers = new Map();
    this.#heldBy = new Map();
    this.#held = 0;
    this.#waiting = new Set();
  }

  protected override end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.onFollowing();
  }

  #hold(buffer: OutputBuffer, bytes: number): void {
    if (this.#buffers.get(keyOf(buffer.attempt)) !== buffer) return;
    const owner = this.#owners.get(buffer) ?? '';
    const held = (this.#heldBy.get(owner) ?? 0) + bytes;
    if (held > 0) this.#heldBy.set(owner, held);
    else this.#heldBy.delete(owner);
    this.#held += bytes;
  }

  #notePrinted(task: string): void {
    this.printedAt.delete(task);
    this.printedAt.set(task, this.#parts.now());
    if (this.printedAt.size > PRINTED) this.printedAt.delete(this.printedAt.keys().next().value as string);
  }

  #bufferOf(attempt: Attempt): OutputBuffer {
    const key = keyOf(attempt);
    const buffer = this.#buffers.get(key) ?? new OutputBuffer(attempt, PACE, this.#parts.now());
    this.#buffers.delete(key);
    this.#buffers.set(key, buffer);
    for (const [oldest, other] of this.#buffers) {
      if (this.#buffers.size <= BUFFERS || !other.isIdle) break;
      this.#buffers.delete(oldest);
    }
    return buffer;
  }

  /** Starts the next batch of `buffer`, when it has one and its turn has come. */
  #advance(buffer: OutputBuffer): void {
    if (buffer.busy || buffer.isIdle || this.isStopping) return;
    const waitMs = buffer.batch === null ? buffer.pace.waitMs(this.#parts.now()) : 0;
    if (waitMs > 0) return this.#later(buffer, waitMs);
    if (this.#appending >= APPENDS) return void this.#waiting.add(buffer);
    buffer.busy = true;
    this.#appending++;
    void this.#store(buffer).then((retryMs) => {
      this.#appending--;
      buffer.busy = false;
      if (retryMs > 0) this.#later(buffer, retryMs);
      else this.#advance(buffer);
      this.#next();
    });
  }

  #next(): void {
    for (const buffer of this.#waiting) {
      if (this.#appending >= APPENDS) return;
      this.#waiting.delete(buffer);
      this.#advance(buffer);
    }
  }

  #later(buffer: OutputBuffer, ms: number): void {
    buffer.busy = true;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      buffer.busy = false;
      this.#advance(buffer);
    }, ms);
    this.#timers.add(timer);
  }

  /** Stores one batch; resolves with how long to wait before the next try, ms, 0 when it is stored. */
  async #store(buffer: OutputBuffer): Promise<number> {
    const { append, last, newId, onFailed } = this.#parts;
    try {
      if (buffer.stored === null) this.#hold(buffer, -buffer.foundStored(await last(buffer.attempt)));
      const batch = buffer.nextBatch(newId);
      if (batch === null) return 0;
      await append(buffer.attempt, batch);
      this.#hold(buffer, -batch.bytes);
      buffer.storedBatch();
      return 0;
    } catch (error) {
      if (buffer.failures === 0) onFailed(error, buffer.attempt);
      return backoffMs(RETRY, ++buffer.failures);
    }
  }
}

function keyOf({ org, task, generation }: Attempt): string {
  return `${org}/${task}/${generation}`;
}
