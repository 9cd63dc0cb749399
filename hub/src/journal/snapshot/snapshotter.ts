// Decides when a snapshot is due, has a process of its own take it, and then lets the journal be compacted. The hub only counts.

import type { JournalHead } from '../../coordinator/ports.js';
import { Lifecycle } from '../../lifecycle.js';
import { runWorker } from '../worker-process.js';
import type { SnapshotDone, SnapshotTask } from './snapshot-worker.js';

export interface SnapshotterOptions extends Omit<SnapshotTask, 'at'> {
  readonly everyBatches: number;
  readonly everyMs: number;
  /** Elapsed time, ms. */
  readonly now: () => number;
  /** The sequence of the newest snapshot there is, 0 for none. */
  readonly newest: () => Promise<number>;
  /** The acknowledged end. */
  readonly head: () => JournalHead | null;
  /** Erases what the snapshots make superfluous; see `compactJournal`. */
  readonly compact: () => Promise<void>;
  readonly onDone: (done: SnapshotDone, elapsedMs: number) => void;
  readonly onFailed: (error: Error) => void;
}

/** A snapshot that takes longer hangs. */
const WORKER_MS_MAX = 40 * 60_000;
const RETRY_AFTER_MS = 60_000;

export class Snapshotter extends Lifecycle {
  readonly #options: SnapshotterOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Where the last snapshot was taken; undefined until that is known. */
  #lastSeq: number | undefined;
  #lastAtMs = 0;
  #compactionDue = false;
  #leads = false;

  constructor(options: SnapshotterOptions) {
    super();
    this.#options = options;
  }

  override async start(): Promise<void> {
    const { now, newest, onFailed } = this.#options;
    this.#lastAtMs = now();
    this.#lastSeq = await newest().catch((error: unknown) => {
      onFailed(asError(error));
      return 0;
    });
  }

  /**
   * Something was appended to the journal. Starts a snapshot, or the compaction that follows one, when it is due; never blocks.
   * A hub that does not lead erases nothing.
   */
  appended(): void {
    const { head: headOf, compact, everyBatches, everyMs, now, onFailed } = this.#options;
    const head = headOf();
    if (!this.#leads || this.isStopping || this.#lastSeq === undefined || head === null) return;
    if (this.#compactionDue) {
      this.#compactionDue = false;
      compact().catch((error: unknown) => onFailed(asError(error)));
    }
    const nowMs = now();
    if (this.#running !== undefined || nowMs < this.#lastAtMs) return;
    const batches = head.seq - this.#lastSeq;
    if (batches >= everyBatches || (batches > 0 && nowMs - this.#lastAtMs >= everyMs)) {
      this.#running = this.#take(head, nowMs).finally(() => {
        this.#running = undefined;
      });
    }
  }

  override onLeading(): void {
    this.#leads = true;
  }

  override onFollowing(): void {
    this.#leads = false;
  }

  /** Ends a snapshot under way, of which the next one frees what is left. */
  protected override async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #take(at: JournalHead, nowMs: number): Promise<void> {
    const { connection, stream, bucket, now, onDone, onFailed } = this.#options;
    const task: SnapshotTask = { connection, stream, bucket, at };
    try {
      const done = await runWorker<SnapshotDone>('snapshot/snapshot-worker', task, WORKER_MS_MAX, this.#stop.signal);
      this.#lastSeq = at.seq;
      this.#lastAtMs = nowMs;
      this.#compactionDue = true;
      onDone(done, now() - nowMs);
    } catch (error) {
      this.#lastAtMs = nowMs + RETRY_AFTER_MS;
      if (!this.isStopping) onFailed(asError(error));
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
