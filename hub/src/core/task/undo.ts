// Takes back a move or a requeue of which nothing has come yet: the task is as it was before, unless something has changed it since.

import type { Lane } from '@agentcom/schemas';
import type { Decision } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { DeadBefore, SpecChanges } from './events.js';
import type { Task } from './task.js';

/** How a change left a task, and what it was before. */
export type Undo =
  | { readonly kind: 'move'; readonly lane: Lane; readonly back: Lane }
  | {
      readonly kind: 'requeue';
      readonly generation: number;
      readonly queuedAt: number;
      readonly lane: Lane;
      readonly back: DeadBefore;
    };

export interface UndoStep {
  readonly task: string;
  readonly undo: Undo;
}

/** What a requeue takes from a dead letter; to be asked before it does. */
export function deadBefore(
  { death, attempts, offers, machineFailures, choice, usedBefore, freshAfter, spec }: Task,
  changed: SpecChanges & { readonly model?: unknown },
): DeadBefore | undefined {
  if (death === undefined) return undefined;
  const parts = Object.keys(changed) as (keyof DeadBefore['spec'])[];
  const had = parts.filter((part) => spec[part] !== undefined);
  const without = parts.filter((part) => spec[part] === undefined);
  return {
    cause: death,
    attempts,
    offers,
    ...(machineFailures !== undefined && { machineFailures }),
    ...(choice !== undefined && { choice }),
    ...(usedBefore !== undefined && { usedBefore }),
    ...(freshAfter !== undefined && { freshAfter }),
    spec: Object.fromEntries(had.map((part) => [part, spec[part]])),
    ...(without.length > 0 && { without }),
  };
}

export function undo(decision: Decision, task: Task, change: Undo, by: string): Record<never, never> | Refusal {
  const changed = changedSince(task, change);
  if (changed !== undefined) return new Refusal('task.changed_since', changed);
  if (change.kind === 'move') decision.emit({ type: 'task.moved', task: task.id, lane: change.back, by });
  else decision.emit({ type: 'task.requeue_undone', task: task.id, by, was: change.back });
  return {};
}

function changedSince({ state, generation, queuedAt, spec }: Task, change: Undo): string | undefined {
  if (change.kind === 'requeue') {
    if (generation !== change.generation) return 'the task was offered to an agent since';
    if (state !== 'queued' && state !== 'waiting') return `the task is ${state} now`;
    if (queuedAt !== change.queuedAt) return 'the task was queued anew since';
  }
  return spec.lane === change.lane ? undefined : `the task is in lane ${spec.lane} now`;
}
