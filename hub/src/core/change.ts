// A durable change as its consumers get it: the event, and what they need of that moment, since the state has moved on by the time they
// hear of it.

import type { Event } from './events.js';
import type { State } from './state.js';
import type { Task } from './task/task.js';

/** A task right after the event, as far as consumers ask. `spec` is shared with the state; it never changes. */
export type TaskMoment = Readonly<
  Pick<
    Task,
    | 'id'
    | 'org'
    | 'spec'
    | 'by'
    | 'createdAt'
    | 'state'
    | 'queuedAt'
    | 'generation'
    | 'agent'
    | 'attempts'
    | 'traceparent'
  >
> & {
  /** When its newest attempt began, ms; undefined before the first. */
  readonly attemptStartedAt: number | undefined;
  /** Who accepted that. */
  readonly attemptAgent: string | undefined;
};

export interface Change {
  /** Whose it is; undefined for what concerns the hub itself. */
  readonly org: string | undefined;
  readonly at: number;
  readonly event: Event;
  /** The task it is about. */
  readonly task?: TaskMoment;
}

/** `task` is the event's own, taken before the event was applied in case it removes it. */
export function changeOf(event: Event, at: number, task: Task | undefined): Change {
  if (task === undefined) return { org: 'org' in event ? event.org : undefined, at, event };
  return { org: task.org, at, event, task: momentOf(task) };
}

export function taskOfEvent(state: State, event: Event): Task | undefined {
  return 'task' in event ? state.tasks.get(event.task) : undefined;
}

function momentOf(task: Task): TaskMoment {
  const attempt = task.attemptLog?.at(-1);
  return {
    id: task.id,
    org: task.org,
    spec: task.spec,
    by: task.by,
    createdAt: task.createdAt,
    state: task.state,
    queuedAt: task.queuedAt,
    generation: task.generation,
    agent: task.agent,
    attempts: task.attempts,
    traceparent: task.traceparent,
    attemptStartedAt: attempt?.startedAt,
    attemptAgent: attempt?.agent,
  };
}
