// Rows of tasks as JSON, made once a turn for all views that show them with the same eyes.

import type { TaskState } from '@agentcom/schemas';
import type { State } from '../core/state.js';
import type { Task } from '../core/task/task.js';
import { taskSummary } from '../core/task/view.js';
import { type BriefContext, WhyInBrief } from '../core/task/why-in-brief.js';

/** Of these nothing changes without an event of theirs. */
const SETTLED: readonly TaskState[] = ['completed', 'cancelled', 'dead'];

/** So long, what agents lack for what tasks want is not looked at again: it goes through all agents. */
const WHYS_KEPT_MS = 500;

export class TaskRows {
  readonly #context: Omit<BriefContext, 'now'>;
  #kept: { readonly whys: WhyInBrief; readonly state: State; readonly since: number } | undefined;
  /** As JSON; undefined for none. */
  readonly #whyTexts = new Map<string, string | undefined>();
  readonly #texts = new Map<string, string>();

  constructor(context: Omit<BriefContext, 'now'>) {
    this.#context = context;
  }

  begin(state: State, now: number): void {
    this.end();
    const kept = this.#kept;
    if (kept?.state === state && !kept.whys.isSpent && now - kept.since < WHYS_KEPT_MS) return;
    this.#kept = { whys: new WhyInBrief(state, { ...this.#context, now }), state, since: now };
  }

  /** Nobody looks any more. */
  forget(): void {
    this.end();
    this.#kept = undefined;
  }

  end(): void {
    this.#whyTexts.clear();
    this.#texts.clear();
  }

  /** Why it is where it is, which changes without a change of its own; undefined where that is not known this turn. */
  signOf(task: Task): string | undefined {
    if (SETTLED.includes(task.state)) return '';
    // What is queued waits for something.
    return this.#whyOf(task) ?? (task.state === 'queued' ? undefined : 'none');
  }

  textOf(task: Task): string {
    let text = this.#texts.get(task.id);
    if (text === undefined) {
      const why = this.#whyOf(task);
      const summary = JSON.stringify(taskSummary(task));
      text = why === undefined ? summary : `${summary.slice(0, -1)},"why":${why}}`;
      this.#texts.set(task.id, text);
    }
    return text;
  }

  #whyOf(task: Task): string | undefined {
    if (this.#whyTexts.has(task.id)) return this.#whyTexts.get(task.id);
    const why = this.#kept?.whys.of(task);
    const text = why && JSON.stringify(why);
    this.#whyTexts.set(task.id, text);
    return text;
  }
}
