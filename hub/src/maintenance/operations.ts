// What runs in the background: how far it is and what it came to. What the hub does for itself runs one at a time, and beside it one at a time for
// each organisation. The last are kept in a small file, so that one which a restart cut off is known as failed, and not lost.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Operation, OperationKind } from '@agentcom/schemas';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import { iso } from '../core/iso.js';
import { Refusal } from '../core/refusal.js';
import type { UndoStep } from '../core/task/undo.js';
import { unlessAborted } from '../lifecycle.js';
import { UndoMemory, type UndoRecord } from './undo-memory.js';

/** Of the hub's own, and of those of each organisation. */
const KEPT = 100;
/** Of all organisations together. */
const OF_ORGS_KEPT = 500;
/** More failures of one operation are left out. */
const FAILURES_MAX = 100;
const FILE = 'operations.json';
const UNDO_FILE = 'operations-undo.json';
const CUT_OFF = 'the hub restarted';
/** Behind the one that runs, in one queue. */
const WAITING_MAX = 8;
/** What has not ended, of all organisations together. */
const OF_ORGS_MAX = 200;
/** Between two writes of what is under way. */
const WRITE_EVERY_MS = 1_000;

/** What work came to. */
export type OperationResult = Partial<
  Pick<Operation, 'backup' | 'made' | 'verified' | 'compacted' | 'restored' | 'tasks' | 'failures'>
>;

/** What work gets. */
export interface OperationRun {
  readonly id: string;
  /** Fires when it is to stop. */
  readonly signal: AbortSignal;
  progress(done: number, total?: number, soFar?: Pick<Operation, 'tasks'>): void;
  /** So that it can be undone once it has ended. */
  undoable(steps: readonly UndoStep[]): void;
  /** From here on nobody can stop it. */
  holdOn(): void;
}

export interface OperationsParts {
  readonly dataDir: string;
  readonly newId: () => string;
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly onFailed: (error: unknown, what: string) => void;
}

interface Running {
  readonly id: string;
  /** Undefined is the hub's own. */
  readonly org: string | undefined;
  readonly kind: OperationKind;
  readonly abort: AbortController;
  readonly ended: Promise<unknown>;
  isHeld: boolean;
}

export class Operations {
  readonly #parts: OperationsParts;
  /** Oldest first. */
  readonly #known: Map<string, Operation>;
  readonly #undo: UndoMemory;
  /** What has not ended, in the order in which it runs. */
  readonly #current = new Map<string, Running>();
  #isClosed = false;
  #writtenAt = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(parts: OperationsParts, known: readonly Operation[], undo: readonly UndoRecord[]) {
    this.#parts = parts;
    this.#known = new Map(known.map((operation) => [operation.id, operation]));
    this.#undo = new UndoMemory(parts.now, undo);
  }

  /** `restored`: what an interrupted restore came to, which this start has finished. */
  static async open(parts: OperationsParts, restored: Operation['restored'] = undefined): Promise<Operations> {
    const at = iso(parts.now());
    const known = (await read<Operation>(join(parts.dataDir, FILE))).map((operation): Operation => {
      if (operation.endedAt !== undefined) return operation;
      if (operation.kind === 'restore' && restored !== undefined)
        return { ...operation, state: 'done', endedAt: at, restored };
      return { ...operation, state: 'failed', endedAt: at, failures: [...operation.failures, CUT_OFF] };
    });
    const operations = new Operations(parts, known, await read<UndoRecord>(join(parts.dataDir, UNDO_FILE)));
    await operations.#write();
    return operations;
  }

  /** Something runs that the hub does for itself, or waits for its turn. */
  get isBusy(): boolean {
    return this.#queue(undefined).length > 0;
  }

  /** How many run, or wait for their turn. */
  get openCount(): number {
    return this.#current.size;
  }

  /** Newest first. */
  list(): Operation[] {
    return [...this.#known.values()].map((operation) => this.#shown(operation)).reverse();
  }

  get(id: string): Operation | undefined {
    const known = this.#known.get(id);
    return known === undefined ? undefined : this.#shown(known);
  }

  /** What takes it back; nothing where it cannot be undone, or no longer. */
  undoSteps(id: string): readonly UndoStep[] {
    return this.#undo.steps(id);
  }

  /** All of it was undone. */
  async forgetUndo(id: string): Promise<void> {
    if (this.#undo.forget(id)) await this.#writeUndo();
  }

  /** Has the work done behind what was begun before, and resolves once that is on record. It fails with what `work` throws or names. */
  async start(
    kind: OperationKind,
    by: string,
    work: (run: OperationRun) => Promise<OperationResult>,
    about: Pick<Operation, 'org' | 'backup' | 'tasks'> = {},
  ): Promise<Operation | Refusal> {
    const { newId, now } = this.#parts;
    if (this.#isClosed) return new Refusal('hub.draining', 'the hub is shutting down');
    const { org } = about;
    const [first, ...waiting] = this.#queue(org);
    if (first !== undefined && waiting.length >= WAITING_MAX) return busy(first);
    if (this.#isFull(org)) return new Refusal('operation.busy', 'too much runs in the background', [], 5_000);
    const last = waiting.at(-1) ?? first;
    const id = newId();
    const abort = new AbortController();
    const begun = this.#put({
      id,
      kind,
      state: last === undefined ? 'running' : 'waiting',
      by,
      startedAt: iso(now()),
      done: 0,
      failures: [],
      ...about,
    });
    const recorded = this.#write();
    const turn = unlessAborted(Promise.all([recorded, last?.ended]), abort.signal);
    const ended = turn.catch(() => undefined).then(() => this.#carryOut(id, abort.signal, work));
    this.#current.set(id, { id, org, kind, abort, ended, isHeld: false });
    await recorded;
    return begun;
  }

  /** What has ended stays as it is. Resolves when it has stopped. */
  async stop(id: string): Promise<Operation | Refusal> {
    const running = this.#current.get(id);
    if (running?.isHeld === true)
      return new Refusal('operation.not_stoppable', 'the restore is past the point where it can be stopped');
    running?.abort.abort();
    await running?.ended;
    return this.get(id) ?? new Refusal('operation.not_found', `operation ${id} not found`);
  }

  /** Stops what runs and waits, and takes no more. What a restore has begun is settled by the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { isHeld, abort, ended } of [...this.#current.values()].reverse()) {
      if (isHeld) continue;
      abort.abort();
      await ended;
    }
    await this.#writing;
  }

  /** Ends what runs on behalf of the next life of this hub, which cannot know why it failed. */
  async fail(id: string, reason: string): Promise<void> {
    this.#end(id, 'failed', { failures: [reason] });
    await this.#write();
  }

  async #carryOut(
    id: string,
    signal: AbortSignal,
    work: (run: OperationRun) => Promise<OperationResult>,
  ): Promise<void> {
    const run: OperationRun = {
      id,
      signal,
      progress: (done, total, soFar) => {
        this.#update(id, { done, ...(total !== undefined && { total }), ...soFar });
        this.#writeSoon();
      },
      undoable: (steps) => this.#undo.add(id, steps),
      holdOn: () => {
        const running = this.#current.get(id);
        if (running !== undefined) running.isHeld = true;
      },
    };
    try {
      signal.throwIfAborted();
      this.#update(id, { state: 'running' });
      const { failures = [], ...result } = await work(run);
      this.#end(id, failures.length > 0 ? 'failed' : 'done', { ...result, failures });
    } catch (error) {
      if (!signal.aborted) {
        this.#end(id, 'failed', { failures: [error instanceof Error ? error.message : String(error)] });
        this.#parts.onFailed(error, this.#known.get(id)?.kind ?? 'operation');
      } else if (this.#isClosed) this.#end(id, 'failed', { failures: [CUT_OFF] });
      else this.#end(id, 'stopped', {});
    }
    this.#current.delete(id);
    await this.#write();
  }

  #update(id: string, fields: Partial<Operation>): void {
    const known = this.#known.get(id);
    if (known !== undefined && known.endedAt === undefined) this.#put({ ...known, ...fields });
  }

  #end(id: string, state: Operation['state'], result: OperationResult): void {
    const known = this.#known.get(id);
    if (known === undefined) return;
    const failures = [...known.failures, ...(result.failures ?? [])].slice(0, FAILURES_MAX);
    this.#put({ ...known, ...result, state, failures, endedAt: iso(this.#parts.now()) });
    if (this.#undo.end(id)) void this.#writeUndo();
  }

  #shown(operation: Operation): Operation {
    const undo = this.#undo.of(operation.id);
    return undo === undefined ? operation : { ...operation, undo };
  }

  /** What has not ended of the organisation, or of the hub's own. */
  #queue(org: string | undefined): Running[] {
    return [...this.#current.values()].filter((running) => running.org === org);
  }

  #isFull(org: string | undefined): boolean {
    return org !== undefined && this.#current.size - this.#queue(undefined).length >= OF_ORGS_MAX;
  }

  #put(operation: Operation): Operation {
    const isNew = !this.#known.has(operation.id);
    this.#known.set(operation.id, operation);
    if (!isNew) return operation;
    const { org } = operation;
    this.#forgetOldest((other) => other === org, KEPT);
    if (org !== undefined) this.#forgetOldest((other) => other !== undefined, OF_ORGS_KEPT);
    return operation;
  }

  /** Never one that has not ended. */
  #forgetOldest(isAlike: (org: string | undefined) => boolean, kept: number): void {
    const alike = [...this.#known.values()].filter(({ org }) => isAlike(org));
    const ended = alike.filter(({ endedAt }) => endedAt !== undefined);
    for (const { id } of ended.slice(0, Math.max(0, alike.length - kept))) {
      this.#known.delete(id);
      this.#undo.forget(id);
    }
  }

  /** So that after a restart it is known how far it was. */
  #writeSoon(): void {
    const { now } = this.#parts;
    if (now() - this.#writtenAt < WRITE_EVERY_MS) return;
    void this.#write();
  }

  /** What cannot be written is still known until the hub ends. */
  #write(): Promise<void> {
    this.#writtenAt = this.#parts.now();
    return this.#writeFile(FILE, () => [...this.#known.values()]);
  }

  #writeUndo(): Promise<void> {
    return this.#writeFile(UNDO_FILE, () => this.#undo.records());
  }

  #writeFile(name: string, records: () => readonly object[]): Promise<void> {
    const file = join(this.#parts.dataDir, name);
    this.#writing = this.#writing
      .then(() => writeDurably(file, `${JSON.stringify(records())}\n`))
      .catch((error: unknown) => this.#parts.onFailed(error, 'operations'));
    return this.#writing;
  }
}

function busy({ id, kind }: Running): Refusal {
  return new Refusal('operation.busy', `operation ${id} (${kind}) is running`, [], 5_000);
}

async function read<Record>(file: string): Promise<readonly Record[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as readonly Record[];
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return [];
    throw error;
  }
}
