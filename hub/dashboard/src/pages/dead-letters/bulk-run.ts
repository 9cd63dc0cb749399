// Changes many tasks, a few at a time or so many a minute, until it is done or somebody stops it. It goes on while one looks at other pages.

import { type ReadonlySignal, signal } from '@preact/signals';
import { type ApiError, toApiError } from '../../api/problem.js';

export interface BulkState {
  readonly kind: 'requeue' | 'discard';
  readonly state: 'running' | 'done' | 'stopped';
  readonly total: number;
  readonly done: number;
  /** Somebody else has changed them meanwhile. */
  readonly gone: number;
  readonly failed: number;
  /** Why the first that failed did. */
  readonly why?: string;
}

interface BulkWork<T> {
  readonly kind: BulkState['kind'];
  readonly items: readonly T[];
  /** 0 is as fast as the hub takes them. */
  readonly perMinute: number;
  readonly change: (item: T) => Promise<unknown>;
}

/** At once, where nothing holds them back. */
const AT_ONCE = 4;
const GONE = new Set(['task.not_dead', 'task.attempted_since', 'task.already_final', 'task.not_found']);

export class BulkRun {
  readonly #state = signal<BulkState | undefined>(undefined);
  #isStopping = false;
  #endPause: () => void = () => undefined;

  /** `after` runs it later; what is returned takes that back. */
  constructor(private readonly after: (ms: number, run: () => void) => () => void) {}

  get state(): ReadonlySignal<BulkState | undefined> {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#state.peek()?.state === 'running';
  }

  /** One at a time: false where another still runs. */
  start<T>(work: BulkWork<T>): boolean {
    if (this.isRunning) return false;
    this.#isStopping = false;
    this.#state.value = { kind: work.kind, state: 'running', total: work.items.length, done: 0, gone: 0, failed: 0 };
    void this.#carryOut(work);
    return true;
  }

  /** What was sent already is not taken back. */
  stop(): void {
    this.#isStopping = true;
    this.#endPause();
  }

  dismiss(): void {
    if (!this.isRunning) this.#state.value = undefined;
  }

  async #carryOut<T>({ items, perMinute, change }: BulkWork<T>): Promise<void> {
    const left = items[Symbol.iterator]();
    const worker = async (): Promise<void> => {
      for (let isFirst = true; !this.#isStopping; isFirst = false) {
        if (!isFirst && perMinute > 0) await this.#pause(60_000 / perMinute);
        const next = this.#isStopping ? undefined : left.next();
        if (next === undefined || next.done === true) return;
        await this.#one(change(next.value));
      }
    };
    await Promise.all(Array.from({ length: perMinute > 0 ? 1 : AT_ONCE }, worker));
    this.#put({ state: this.#isStopping ? 'stopped' : 'done' });
  }

  async #one(change: Promise<unknown>): Promise<void> {
    const error = await change.then(
      () => undefined,
      (cause: unknown): ApiError => toApiError(cause),
    );
    const { done, gone, failed, why } = this.#state.peek() ?? { done: 0, gone: 0, failed: 0 };
    if (error === undefined) this.#put({ done: done + 1 });
    else if (GONE.has(error.code)) this.#put({ gone: gone + 1 });
    else this.#put({ failed: failed + 1, why: why ?? error.message });
  }

  #put(changes: Partial<BulkState>): void {
    const before = this.#state.peek();
    if (before !== undefined) this.#state.value = { ...before, ...changes };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const takeBack = this.after(ms, resolve);
      this.#endPause = () => {
        takeBack();
        resolve();
      };
    });
  }
}

export const bulkRun = new BulkRun((ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
});
