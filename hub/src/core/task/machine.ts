// The task machine. Every event names the states it may meet and the state it leaves; anything else is refused.
//
//              submit                      due / parents completed
//                │ ┌───────────────┬──────────────────┐
//                ▼ ▼               │                  │
//   dead ──► queued ◄──────── scheduled ──due──► waiting
//    ▲ requeue  │ ▲                ▲
//    │    match │ │ reject, not    │ fail, time-out, lost
//    │          ▼ │ accepted, lost │ (retry or rate limit)
//    ├────── assigned              │        ┌── answer ──┐
//    │ offers   │ accept           │        ▼            │
//    │ used     └──────────────► working ──────ask──► blocked
//    │                             │ │ complete         │
//    └─────────────────────────────┘ ▼                  │ fail, time-out, lost: as working
//      attempts used, permanent   completed             ▼
//
//   fail for a fault of the machine: from working and blocked back to queued, and passed over by that agent
//
//   halt: from assigned, working and blocked back to queued, with no attempt used and nobody passed over
//
//   spend limit: from assigned back to queued, from working and blocked to scheduled until there is room again; no attempt is used
//
//   cancel: from any state but completed and cancelled ──► cancelled
//
//   undo of a requeue: from queued and waiting back to dead, as long as it was not offered
//
//   move: to another lane, from any state but completed and cancelled, which it leaves as it is

import { TASK_STATES, type TaskState } from '@agentcom/schemas';
import { ImpossibleEvent } from '../event-errors.js';
import type { TaskEvent } from './events.js';

/** What can happen to a task that is there; `task.archived` takes it away. */
export type TaskTransition = Exclude<TaskEvent['type'], 'task.submitted' | 'task.archived'>;

const UNFINISHED: readonly TaskState[] = ['scheduled', 'waiting', 'queued', 'assigned', 'working', 'blocked', 'dead'];

/** For each event: the states it may meet, and those it may leave ('same': the one it met). */
export const taskTransitions: Readonly<
  Record<TaskTransition, { readonly from: readonly TaskState[]; readonly to: readonly TaskState[] | 'same' }>
> = {
  'task.due': { from: ['scheduled'], to: ['queued', 'waiting'] },
  'task.unblocked_by_parents': { from: ['waiting'], to: ['queued'] },
  'task.assigned': { from: ['queued'], to: ['assigned'] },
  'task.offer_ended': { from: ['assigned'], to: ['queued', 'dead'] },
  'task.accepted': { from: ['assigned'], to: ['working'] },
  'task.progressed': { from: ['working', 'blocked'], to: 'same' },
  'task.overlapped': { from: ['working', 'blocked'], to: 'same' },
  'task.blocked': { from: ['working'], to: ['blocked'] },
  'task.answered': { from: ['blocked'], to: ['working'] },
  'task.answer_confirmed': { from: ['working', 'blocked'], to: 'same' },
  'task.completed': { from: ['working'], to: ['completed'] },
  'task.attempt_failed': { from: ['working', 'blocked'], to: ['scheduled', 'queued', 'dead'] },
  'task.halted': { from: ['assigned', 'working', 'blocked'], to: ['queued'] },
  'task.priced': { from: ['queued'], to: 'same' },
  'task.limited': { from: ['assigned', 'working', 'blocked'], to: ['scheduled', 'queued'] },
  'task.attempt_left': { from: TASK_STATES, to: 'same' },
  'task.attempt_used': { from: TASK_STATES, to: 'same' },
  'task.resumed': { from: ['scheduled', 'queued'], to: ['working', 'blocked'] },
  'task.cancelled': { from: UNFINISHED, to: ['cancelled'] },
  'task.requeued': { from: ['dead', 'scheduled'], to: ['queued', 'waiting'] },
  'task.requeue_undone': { from: ['queued', 'waiting'], to: ['dead'] },
  'task.moved': { from: UNFINISHED, to: 'same' },
};

export function mayHappen(event: TaskTransition, state: TaskState): boolean {
  return taskTransitions[event].from.includes(state);
}

export const TASK_TRANSITIONS = Object.keys(taskTransitions) as TaskTransition[];

/** Throws ImpossibleEvent unless `event` may take a task from `from` to `to`. */
export function checkTransition(event: TaskTransition, from: TaskState, to: TaskState): void {
  const row = taskTransitions[event];
  const allowed = row.from.includes(from) && (row.to === 'same' ? to === from : row.to.includes(to));
  if (!allowed) throw new ImpossibleEvent(`${event} may not take a task from ${from} to ${to}`);
}
