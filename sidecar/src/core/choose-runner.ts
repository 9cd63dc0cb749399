// Who works on a task: what it asks for, as far as the configuration allows it.

import type { RunnerKind } from '@agentcom/schemas';
import { RUNNERS } from '@agentcom/schemas/names';
import { matchesPattern } from '@agentcom/schemas/pattern';
import type { RunnerChoice } from './attempt.js';

export interface RunnersAllowed {
  /** For tasks that name none. */
  readonly kind: RunnerKind;
  /** Further kinds that a task may name. */
  readonly also: readonly RunnerKind[];
  /** For tasks that name none; the agent's own default when there is none. */
  readonly model?: string | undefined;
  /** Those a task may name; `*` stands for any text. */
  readonly models: readonly string[];
}

/** `unfit` says why the task cannot be taken here. */
export type Chosen = RunnerChoice | { readonly unfit: string };

export function chooseRunner(
  task: { readonly runner?: string; readonly model?: string },
  allowed: RunnersAllowed,
): Chosen {
  const kind = task.runner === undefined ? allowed.kind : RUNNERS.find((known) => known === task.runner);
  if (kind === undefined || (kind !== allowed.kind && !allowed.also.includes(kind))) {
    return { unfit: `this agent does not have the runner ${task.runner}` };
  }
  if (task.model !== undefined) {
    if (task.model !== allowed.model && !allowed.models.some((pattern) => matchesPattern(pattern, task.model ?? ''))) {
      return { unfit: `this agent does not allow the model ${task.model}` };
    }
    return { kind, model: task.model };
  }
  // The configured model is one of the usual kind's; another kind has a default of its own.
  return { kind, model: kind === allowed.kind ? (allowed.model ?? null) : null };
}
