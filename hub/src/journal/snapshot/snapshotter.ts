// Decides when a snapshot is due, has a process of its own take it, and then lets the journal be compacted. The hub only counts.

import type { JournalHead } from '../../coordinator/ports.js';
import { runWorker, type WorkerProcess } from '../worker-process.js';
import type { SnapshotDone, SnapshotTask } from './snapshot-worker.js';

export interface SnapshotterOptions extends Omit<SnapshotTask, 'at'> {
  readonly everyBatches: number;
  readonly everyMs: number;
  /** Erases what the snapshots make superfluous; see `compactJournal`. */
  readonly compact: () => Promise<void>;
  readonly onDone: (done: SnapshotDone, elapsedMs: number) => void;
  readonly onFailed: (error: Error) => void;
}

/** A snapshot that takes longer hangs. */
const WORKER_MS_MAX = 10 * 60_000;
const RETRY_AFTER_MS = 60_000;

export class Snapshotter {
  #worker: WorkerProcess<SnapshotDone> | null = null;
  #running: Promise<void> = Promise.resolve();
  /** Where the last snapshot was taken, or counting began. */
  #lastSeq: number;
  #lastAtMs: number;
  #compactionDue = false;
  #stopped = false;

  /** `from` is the sequence of the newest snapshot there is, `nowMs` any clock that only goes forward. */
  constructor(
    private readonly options: SnapshotterOptions,
    from: number,
    nowMs: number,
  ) {
    this.#lastSeq = from;
    this.#lastAtMs = nowMs;
  }

  /**
   * Call after each acknowledged append. Starts a snapshot, or the compaction that follows one, when it is due; never blocks.
   * Only the leader calls this, so nothing is erased by a hub that has lost the lead.
   */
  acked(head: JournalHead, nowMs: number): void {
    if (this.#stopped) return;
    if (this.#compactionDue) {
      this.#compactionDue = false;
      this.options.compact().catch((error: unknown) => this.options.onFailed(asError(error)));
    }
    if (this.#worker !== null || nowMs < this.#lastAtMs) return;
    const batches = head.seq - this.#lastSeq;
    if (batches >= this.options.everyBatches || (batches > 0 && nowMs - this.#lastAtMs >= this.options.everyMs)) {
      this.#start(head, nowMs);
    }
  }

  /** Ends a running worker and resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#worker?.kill();
    await this.#running;
  }

  #start(at: JournalHead, nowMs: number): void {
    const { connection, stream, bucket } = this.options;
    const startedMs = performance.now();
    const task: SnapshotTask = { connection, stream, bucket, at };
    this.#worker = runWorker<SnapshotDone>('snapshot/snapshot-worker', task, WORKER_MS_MAX);
    this.#running = this.#worker.result
      .then(
        (done) => {
          this.#lastSeq = at.seq;
          this.#lastAtMs = nowMs;
          this.#compactionDue = true;
          this.options.onDone(done, performance.now() - startedMs);
        },
        (error: unknown) => {
          this.#lastAtMs = nowMs + RETRY_AFTER_MS;
          if (!this.#stopped) this.options.onFailed(asError(error));
        },
      )
      .finally(() => {
        this.#worker = null;
      });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
