// Operations that nothing is kept of, each carried out at once.

import type { Operation } from '@agentcom/schemas';
import { uuidv7 } from 'uuidv7';
import { Refusal } from '../../core/refusal.js';
import type { UndoStep } from '../../core/task/undo.js';

type Result = Pick<Operation, 'tasks'>;

interface Run {
  readonly signal: AbortSignal;
  progress(done: number, total?: number, soFar?: Result): void;
  undoable(steps: readonly UndoStep[]): void;
}

export class TestOperations {
  readonly #known = new Map<string, Operation>();
  readonly #undo = new Map<string, UndoStep[]>();
  readonly #running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();

  list(): readonly Operation[] {
    return [...this.#known.values()].reverse();
  }

  get(id: string): Operation | undefined {
    const known = this.#known.get(id);
    const tasks = known?.endedAt === undefined ? 0 : this.undoSteps(id).length;
    return known === undefined || tasks === 0 ? known : { ...known, undo: { until: new Date(0).toISOString(), tasks } };
  }

  undoSteps(id: string): readonly UndoStep[] {
    return this.#undo.get(id) ?? [];
  }

  async forgetUndo(id: string): Promise<void> {
    this.#undo.delete(id);
  }

  async start(
    kind: Operation['kind'],
    by: string,
    work: (run: Run) => Promise<Result>,
    about: Pick<Operation, 'org' | 'tasks'>,
  ): Promise<Operation> {
    const id = uuidv7();
    const abort = new AbortController();
    const put = (fields: Partial<Operation>): void => {
      this.#known.set(id, { ...(this.#known.get(id) as Operation), ...fields });
    };
    const begun = {
      id,
      kind,
      by,
      state: 'running',
      startedAt: new Date(0).toISOString(),
      done: 0,
      failures: [],
    } as const;
    put({ ...begun, ...about });
    const progress: Run['progress'] = (done, total, soFar) =>
      put({ done, ...(total !== undefined && { total }), ...soFar });
    const endedAt = begun.startedAt;
    const undoable: Run['undoable'] = (steps) => void this.#undo.set(id, [...this.undoSteps(id), ...steps]);
    const ended = work({ signal: abort.signal, progress, undoable }).then(
      (result) => put({ ...result, state: 'done', endedAt }),
      (error: unknown) =>
        put(
          abort.signal.aborted
            ? { state: 'stopped', endedAt }
            : { state: 'failed', endedAt, failures: [(error as Error).message] },
        ),
    );
    this.#running.set(id, { abort, ended });
    return { ...begun, ...about };
  }

  async stop(id: string): Promise<Operation | Refusal> {
    const running = this.#running.get(id);
    running?.abort.abort();
    await running?.ended;
    return this.get(id) ?? new Refusal('operation.not_found', `operation ${id} not found`);
  }

  /** Resolves once it has come to its end. */
  async ended(id: string): Promise<Operation | undefined> {
    await this.#running.get(id)?.ended;
    return this.get(id);
  }
}
