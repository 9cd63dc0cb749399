// Takes the output of all attempts and stores it beside whatever else the hub does: for each attempt one batch is on its way while the
// next gathers, a few attempts at a time so that the journal's appends never queue behind output, and everything that waits is bounded.

import { backoffMs } from '@agentcom/schemas';
import { Lifecycle } from '../lifecycle.js';
import { AttemptLog, type OutputBatch, type OutputSender } from './output-buffer.js';
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
const LOGS = 1_000;
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

/** `taken: false`: not kept; it and everything behind it must be sent again after that time. `isNew` the first time that is said. */
export type Taking =
  | { readonly taken: true }
  | { readonly taken: false; readonly againMs: number; readonly isNew: boolean };

const TAKEN: Taking = { taken: true };

export class OutputIntake extends Lifecycle {
  readonly #parts: IntakeParts;
  /** The least recently used first. */
  #logs = new Map<string, AttemptLog>();
  #heldBy = new Map<string, number>();
  #held = 0;
  readonly #owners = new WeakMap<AttemptLog, string>();
  #appending = 0;
  #waiting = new Set<AttemptLog>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(parts: IntakeParts) {
    super();
    this.#parts = parts;
  }

  /** One piece from the agent whose attempt it is. Its acknowledgement comes through `sender` once it is stored. */
  take(sender: OutputSender, agent: string, attempt: Attempt, piece: Piece): Taking {
    const log = this.#logOf(attempt);
    const met = log.meet(sender, piece.outputSeq);
    if (met === 'known') return TAKEN;
    if (met === 'behind_a_gap') return { taken: false, againMs: SEND_AGAIN_MS, isNew: false };
    const bytes = Buffer.byteLength(piece.data);
    const owner = `${attempt.org}/${agent}`;
    const held = this.#heldBy.get(owner) ?? 0;
    if (held + bytes > AGENT_BYTES || this.#held + bytes > ALL_BYTES) {
      log.refuse(sender, piece.outputSeq);
      return { taken: false, againMs: SEND_AGAIN_MS, isNew: true };
    }
    this.#owners.set(log, owner);
    this.#hold(log, bytes);
    log.add(piece);
    this.#goOn(log);
    return TAKEN;
  }

  /** The attempt's sidecar has said which piece is the last. */
  ended(attempt: Attempt, outputSeq: number): void {
    const log = this.#logOf(attempt);
    log.endsAt = Math.max(log.endsAt ?? 0, outputSeq);
  }

  /** Whether all output of an attempt is stored; undefined when this hub cannot tell. */
  isWhole(attempt: Attempt): boolean | undefined {
    return this.#logs.get(keyOf(attempt))?.isWhole;
  }

  /** Forgets everything that is not stored: it was not acknowledged, so it is sent again, perhaps to another hub. */
  override onFollowing(): void {
    for (const log of this.#logs.values()) log.abandon();
    this.#logs = new Map();
    this.#heldBy = new Map();
    this.#held = 0;
    this.#waiting = new Set();
  }

  protected override end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.onFollowing();
  }

  #hold(log: AttemptLog, bytes: number): void {
    if (this.#logs.get(keyOf(log.attempt)) !== log) return;
    const owner = this.#owners.get(log) ?? '';
    const held = (this.#heldBy.get(owner) ?? 0) + bytes;
    if (held > 0) this.#heldBy.set(owner, held);
    else this.#heldBy.delete(owner);
    this.#held += bytes;
  }

  #logOf(attempt: Attempt): AttemptLog {
    const key = keyOf(attempt);
    const log = this.#logs.get(key) ?? new AttemptLog(attempt, PACE, this.#parts.now());
    this.#logs.delete(key);
    this.#logs.set(key, log);
    for (const [oldest, other] of this.#logs) {
      if (this.#logs.size <= LOGS || !other.isIdle) break;
      this.#logs.delete(oldest);
    }
    return log;
  }

  /** Starts the next batch of `log`, when it has one and its turn has come. */
  #goOn(log: AttemptLog): void {
    if (log.busy || log.isIdle || this.isStopping) return;
    const waitMs = log.batch === null ? log.pace.waitMs(this.#parts.now()) : 0;
    if (waitMs > 0) return this.#later(log, waitMs);
    if (this.#appending >= APPENDS) return void this.#waiting.add(log);
    log.busy = true;
    this.#appending++;
    void this.#store(log).then((retryMs) => {
      this.#appending--;
      log.busy = false;
      if (retryMs > 0) this.#later(log, retryMs);
      else this.#goOn(log);
      this.#next();
    });
  }

  #next(): void {
    for (const log of this.#waiting) {
      if (this.#appending >= APPENDS) return;
      this.#waiting.delete(log);
      this.#goOn(log);
    }
  }

  #later(log: AttemptLog, ms: number): void {
    log.busy = true;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      log.busy = false;
      this.#goOn(log);
    }, ms);
    this.#timers.add(timer);
  }

  /** Stores one batch; resolves with how long to wait before the next try, ms, 0 when it is stored. */
  async #store(log: AttemptLog): Promise<number> {
    const { append, last, newId, onFailed } = this.#parts;
    try {
      if (log.stored === null) this.#hold(log, -log.foundStored(await last(log.attempt)));
      const batch = log.nextBatch(newId);
      if (batch === null) return 0;
      await append(log.attempt, batch);
      this.#hold(log, -batch.bytes);
      log.storedBatch();
      return 0;
    } catch (error) {
      if (log.failures === 0) onFailed(error, log.attempt);
      return backoffMs(RETRY, ++log.failures);
    }
  }
}

function keyOf({ org, task, generation }: Attempt): string {
  return `${org}/${task}/${generation}`;
}
