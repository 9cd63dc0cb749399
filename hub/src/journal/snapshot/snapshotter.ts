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
  /** No other hub can write to this store, so that a lead need not be proven by an append. */
  readonly exclusive: boolean;
  readonly onCompacted: () => void;
  readonly onDone: (done: SnapshotDone, elapsedMs: number) => void;
  readonly onFailed: (error: Error) => void;
}

/** A snapshot that takes longer hangs. */
const WORKER_MS_MAX = 40 * 60_000;
const RETRY_AFTER_MS = 60_000;

export class Snapshotter extends Lifecycle {
  readonly #options: SnapshotterOptions;
  readonly #stop = new AbortController();
  #running: Promise<Error | undefined> | undefined;
  /** Told when the compaction that is due has been done, or of what it failed with. */
  readonly #waiting = new Set<(failure: Error | undefined) => void>();
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
    const { head: headOf, everyBatches, everyMs, now } = this.#options;
    const head = headOf();
    if (!this.#leads || this.isStopping || this.#lastSeq === undefined || head === null) return;
    if (this.#compactionDue) void this.#compact();
    const nowMs = now();
    if (this.#running !== undefined || nowMs < this.#lastAtMs) return;
    const batches = head.seq - this.#lastSeq;
    if (batches >= everyBatches || (batches > 0 && nowMs - this.#lastAtMs >= everyMs)) {
      void this.#begin(head, nowMs);
    }
  }

  /**
   * Takes a snapshot of the end, unless there is one, and erases what is superfluous then. Where another hub may have taken the lead, that
   * waits for the next append. Rejects with what it failed with, and when `signal` fires.
   */
  async compactNow(signal: AbortSignal): Promise<void> {
    const { head: headOf, exclusive, now } = this.#options;
    await this.#running;
    const head = headOf();
    if (!this.#leads || this.isStopping || head === null) throw new Error('this hub is not the leader');
    // What an earlier snapshot has left to do is done with this one.
    this.#compactionDue = false;
    const compacted = this.#nextCompaction(signal);
    const failure = head.seq > (this.#lastSeq ?? 0) ? await this.#begin(head, now()) : undefined;
    if (failure !== undefined) compacted.settle(failure);
    else {
      this.#compactionDue = true;
      if (exclusive) void this.#compact();
    }
    await compacted.done;
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

  #nextCompaction(signal: AbortSignal): { done: Promise<void>; settle: (failure: Error | undefined) => void } {
    let settle: (failure: Error | undefined) => void = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      const abort = () => settle(asError(signal.reason));
      settle = (failure) => {
        this.#waiting.delete(settle);
        signal.removeEventListener('abort', abort);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      this.#waiting.add(settle);
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
    });
    // It is waited for only behind the snapshot.
    done.catch(() => undefined);
    return { done, settle };
  }

  #begin(head: JournalHead, nowMs: number): Promise<Error | undefined> {
    this.#running = this.#take(head, nowMs).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #compact(): Promise<void> {
    const { compact, onCompacted, onFailed } = this.#options;
    this.#compactionDue = false;
    const waiting = [...this.#waiting];
    let failure: Error | undefined;
    try {
      await compact();
      onCompacted();
    } catch (error) {
      failure = asError(error);
      onFailed(failure);
    }
    for (const settle of waiting) settle(failure);
  }

  /** What it failed with. */
  async #take(at: JournalHead, nowMs: number): Promise<Error | undefined> {
    const { connection, stream, bucket, now, onDone, onFailed } = this.#options;
    const task: SnapshotTask = { connection, stream, bucket, at };
    try {
      const done = await runWorker<SnapshotDone>('snapshot/snapshot-worker', task, WORKER_MS_MAX, this.#stop.signal);
      this.#lastSeq = at.seq;
      this.#lastAtMs = nowMs;
      this.#compactionDue = true;
      onDone(done, now() - nowMs);
      return undefined;
    } catch (error) {
      this.#lastAtMs = nowMs + RETRY_AFTER_MS;
      if (!this.isStopping) onFailed(asError(error));
      return asError(error);
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
