// The change of many tasks that this page has begun: the hub carries it out, and goes on when nobody looks; here is how far it is.

import type { Operation, TaskAction, TaskActionBody } from '@agentcom/schemas';
import { type ReadonlySignal, signal } from '@preact/signals';
import { call } from '../api/client.js';
import { toApiError } from '../api/problem.js';

export interface BulkState {
  readonly action: TaskAction;
  /** `interrupted`: the hub that carried it out has stopped or no longer leads. */
  readonly state: 'waiting' | 'running' | 'done' | 'stopped' | 'interrupted';
  readonly total: number;
  readonly done: number;
  /** Somebody else has changed them meanwhile. */
  readonly gone: number;
  readonly failed: number;
  /** Why the first that failed did. */
  readonly why?: string;
  /** It takes back what that action did. */
  readonly isUndo: boolean;
  /** Until when it can be undone itself, and of how many. */
  readonly undo?: NonNullable<Operation['undo']>;
}

interface BulkHub {
  readonly begin: (body: TaskActionBody) => Promise<Operation>;
  readonly show: (id: string) => Promise<Operation>;
  readonly stop: (id: string) => Promise<Operation>;
  readonly undo: (id: string) => Promise<Operation>;
}

const LOOK_EVERY_MS = 500;
const GONE = new Set([
  'task.not_dead',
  'task.not_retryable',
  'task.attempted_since',
  'task.already_final',
  'task.not_found',
  'task.changed_since',
]);

/** As the bar shows it; undefined for any other operation. Pure. */
export function bulkState({ state, total = 0, tasks, failures, undo }: Operation): BulkState | undefined {
  if (tasks === undefined) return undefined;
  const { action, changed, refused, codes, refusals } = tasks;
  const gone = codes.reduce((sum, { code, count }) => (GONE.has(code) ? sum + count : sum), 0);
  const why = failures[0] ?? refusals.find(({ code }) => !GONE.has(code))?.message;
  return {
    action,
    state: state === 'failed' ? 'interrupted' : state,
    total,
    done: changed,
    gone,
    failed: refused - gone,
    ...(why !== undefined && { why }),
    isUndo: tasks.undoes !== undefined,
    ...(undo !== undefined && { undo }),
  };
}

export class BulkRun {
  readonly #state = signal<BulkState | undefined>(undefined);
  #id: string | undefined;

  /** `after` runs it later. */
  constructor(
    private readonly hub: BulkHub,
    private readonly after: (ms: number, run: () => void) => void,
  ) {}

  get state(): ReadonlySignal<BulkState | undefined> {
    return this.#state;
  }

  get isRunning(): boolean {
    return ['waiting', 'running'].includes(this.#state.peek()?.state ?? '');
  }

  /** Follows it from then on; fails with what the hub refuses. */
  async start(body: TaskActionBody): Promise<void> {
    this.#follow(await this.hub.begin(body));
  }

  /** Takes back what it has done, or another operation, as far as nothing has changed that since. */
  async undo(id = this.#id): Promise<void> {
    if (id !== undefined) this.#follow(await this.hub.undo(id));
  }

  /** What is done already is not taken back. */
  async stop(): Promise<void> {
    if (this.#id !== undefined) this.#put(await this.hub.stop(this.#id));
  }

  dismiss(): void {
    if (!this.isRunning) this.#state.value = undefined;
  }

  #follow(begun: Operation): void {
    this.#id = begun.id;
    this.#put(begun);
    this.#lookLater(begun.id);
  }

  #lookLater(id: string): void {
    this.after(LOOK_EVERY_MS, () => {
      if (this.#id === id && this.isRunning) void this.#look(id).then(() => this.#lookLater(id));
    });
  }

  /** While the hub cannot be reached, what was known last stays. */
  async #look(id: string): Promise<void> {
    try {
      this.#put(await this.hub.show(id));
    } catch (error) {
      const before = this.#state.peek();
      // Another hub leads by now, which knows nothing of it.
      if (toApiError(error).status === 404 && before !== undefined)
        this.#state.value = { ...before, state: 'interrupted' };
    }
  }

  #put(operation: Operation): void {
    if (operation.id === this.#id) this.#state.value = bulkState(operation);
  }
}

export const bulkRun = new BulkRun(
  {
    begin: (body) => call('task.act', { body }),
    show: (id) => call('operation.show', { path: { id } }),
    stop: (id) => call('operation.stop', { path: { id }, body: {} }),
    undo: (id) => call('operation.undo', { path: { id }, body: {} }),
  },
  (ms, run) => void setTimeout(run, ms),
);
