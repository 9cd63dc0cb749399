// Attempts that are given back without being used, and offers that are withdrawn. What an attempt had used stays counted; what it asked will be
// asked again.

import { limitScopeText } from '@agentcom/schemas';
import { ImpossibleEvent } from '../event-errors.js';
import type { State } from '../state.js';
import { endAttempt, noteSpent } from './attempts.js';
import type { TaskEvent } from './events.js';
import { remember } from './history.js';
import { freeAgent } from './holder.js';
import type { Attempt, Task } from './task.js';

type EventOf<T extends TaskEvent['type']> = Extract<TaskEvent, { readonly type: T }>;

export function halt(task: Task, event: EventOf<'task.halted'>, at: number, state: State): void {
  const halt = state.halts.get(event.halt);
  if (halt === undefined) throw new ImpossibleEvent(`halt ${event.halt} is not there`);
  const { id, reason } = halt;
  const attempt = giveBack(task, event.stopUntil, at, state);
  if (attempt !== undefined) attempt.halt = { id, reason };
  task.state = 'queued';
  remember(task, at, 'halted', reason);
}

export function giveBackForLimit(task: Task, event: EventOf<'task.limited'>, at: number, state: State): void {
  const limit = event.limit === undefined ? undefined : state.limits.get(event.limit);
  if (event.limit !== undefined && limit === undefined)
    throw new ImpossibleEvent(`spend limit ${event.limit} is not there`);
  const scope = limit === undefined ? '' : limitScopeText(limit.scope);
  if (task.state !== 'assigned') noteSpent(state, task, event, at);
  const attempt = giveBack(task, event.stopUntil, at, state);
  if (attempt !== undefined) attempt.limit = { id: event.limit, scope };
  if (attempt !== undefined && event.left !== undefined) attempt.left = event.left;
  task.state = event.to;
  task.reason = event.to === 'scheduled' ? 'budget' : undefined;
  remember(task, at, 'limited', scope);
}

/** The attempt that ends; undefined for an offer. */
function giveBack(task: Task, stopUntil: number | undefined, at: number, state: State): Attempt | undefined {
  const attempt = task.state === 'assigned' ? undefined : endAttempt(state, task, at);
  if (attempt === undefined) task.offers--;
  freeAgent(state, task, at, stopUntil);
  task.question = undefined;
  task.answer = undefined;
  task.deadline = undefined;
  return attempt;
}
