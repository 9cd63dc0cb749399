// What tasks that ended have used, for estimates of those that are like them: the newest few of each kind.

import type { EstimatedUse } from '@agentcom/schemas';

/** Where a task is like another: the same repository, kind of agent, value of the label `template`, and model. '' where there is none. */
export type TaskKind = readonly [repo: string, runner: string, template: string, model: string];

/** What one task has used in all its attempts; a figure that nobody reported is unknown. */
export interface PastTask {
  readonly costMicros?: number;
  readonly currency?: string;
  readonly tokens?: number;
  /** Of these; absent in what was kept before they were told apart. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly seconds?: number;
}

/** Kinds kept of an organisation, those with the newest tasks, and tasks of each. */
const KINDS_MAX = 200;
const TASKS_PER_KIND = 50;

export class TaskHistory {
  readonly #kinds = new Map<string, { readonly kind: TaskKind; readonly tasks: PastTask[] }>();

  /** Tasks that were ever added. */
  added = 0;
  /** What was worked out of them, and after how many. */
  readonly expected = new Map<string, { readonly added: number; readonly use: EstimatedUse }>();

  add(kind: TaskKind, task: PastTask): void {
    this.added++;
    const key = kind.join('\n');
    const entry = this.#kinds.get(key) ?? { kind, tasks: [] };
    this.#kinds.delete(key);
    this.#kinds.set(key, entry);
    entry.tasks.push(task);
    if (entry.tasks.length > TASKS_PER_KIND) entry.tasks.shift();
    if (this.#kinds.size <= KINDS_MAX) return;
    for (const oldest of this.#kinds.keys()) return void this.#kinds.delete(oldest);
  }

  /** Those whose newest task is the oldest come first. */
  kinds(): Iterable<{ readonly kind: TaskKind; readonly tasks: readonly PastTask[] }> {
    return this.#kinds.values();
  }
}
