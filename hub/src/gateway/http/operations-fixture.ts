// Operations that nothing is kept of, each carried out at once.

import type { Operation } from '@agentcom/schemas';
import { uuidv7 } from 'uuidv7';
import { Refusal } from '../../core/refusal.js';

type Result = Pick<Operation, 'tasks'>;

interface Run {
  readonly signal: AbortSignal;
  progress(done: number, total?: number, soFar?: Result): void;
}

export class TestOperations {
  readonly #known = new Map<string, Operation>();
  readonly #running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();

  list(): readonly Operation[] {
    return [...this.#known.values()].reverse();
  }

  get(id: string): Operation | undefined {
    return this.#known.get(id);
  }

  async start(
    kind: 'tasks',
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
    const ended = work({ signal: abort.signal, progress }).then(
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
    return this.#known.get(id) ?? new Refusal('operation.not_found', `operation ${id} not found`);
  }

  /** Resolves once it has come to its end. */
  async ended(id: string): Promise<Operation | undefined> {
    await this.#running.get(id)?.ended;
    return this.get(id);
  }
}
