// Keeps the indexes true to tasks, in one way for live events and for snapshots, so that an index can never depend on how a state came
// about. What an event leaves as it was costs nothing.

import type { TaskState } from '@agentcom/schemas';
import type { State } from '../state.js';
import { bodiesOf, retainBodies } from './bodies.js';
import { indexParents } from './dependencies.js';
import type { DeadBefore, StoredSpec } from './events.js';
import { repriceAt } from './routes.js';
import { isFinal, type Task } from './task.js';

/** A task that is new to the state. */
export function indexTask(state: State, task: Task): void {
  state.taskIndex.add(task);
  enterState(state, task);
  const deadline = elapsedDeadline(state, task);
  if (deadline !== undefined) state.deadlines.set('task', task.id, deadline);
}

/** A task that leaves the state. */
export function unindexTask(state: State, task: Task): void {
  state.taskIndex.remove(task);
  leaveState(state, task, task.state);
  const deadline = elapsedDeadline(state, task);
  if (deadline !== undefined) state.deadlines.clear('task', task.id, deadline);
}

/** A task that has changed: `from` and `deadline` are its state and its elapsed deadline before. */
export function reindexTask(state: State, task: Task, from: TaskState, deadline: number | undefined): void {
  if (task.state !== from) {
    state.taskIndex.move(task, from);
    leaveState(state, task, from);
    enterState(state, task);
  }
  const next = elapsedDeadline(state, task);
  // In another state it is set anew: the one before may have just fired, and its time may be the same.
  if (next === deadline && task.state === from) return;
  if (deadline !== undefined) state.deadlines.clear('task', task.id, deadline);
  if (next !== undefined) state.deadlines.set('task', task.id, next);
}

/** To be called while the task is in the state it was in: the queue and what is parked are kept by what it asks for. */
export function changeSpec(
  state: State,
  task: Task,
  changes: DeadBefore['spec'],
  without: DeadBefore['without'] = [],
): void {
  const isPlaced = task.state === 'queued' || task.state === 'scheduled';
  if (isPlaced) leaveState(state, task, task.state);
  const spec: Partial<StoredSpec> = { ...task.spec, ...changes };
  for (const part of without) delete (spec as Record<string, unknown>)[part];
  task.spec = state.shared.spec(spec as StoredSpec);
  if (isPlaced) enterState(state, task);
}

/** What is counted once in a task's life: its bodies, its place under its parents, its pass-overs, the files it touches. */
export function retainTask(state: State, task: Task): void {
  retainBodies(state, task.org, bodiesOf(task));
  if (isFinal(task.state)) return;
  state.touched.add(task);
  indexParents(state, task);
  for (const entry of task.passedOver ?? []) indexPassOver(state, task, entry.until);
}

/** When an agent stops being passed over for a task, the task looks for an agent again. */
export function indexPassOver(state: State, task: Task, until: number): void {
  state.deadlines.set('offer', task.id, until);
}

/** When the estimate of its cost is renewed by which nobody may have it. */
export function indexPrice(state: State, task: Task): void {
  const at = task.priced === undefined ? undefined : repriceAt(task);
  if (at !== undefined) state.deadlines.set('offer', task.id, at);
}

/** `notBefore` is wall time; everything else is elapsed time. */
export function elapsedDeadline(state: State, task: Task): number | undefined {
  if (task.deadline === undefined) return undefined;
  return task.reason === 'notBefore' ? task.deadline - state.wallOffsetMs : task.deadline;
}

function enterState(state: State, task: Task): void {
  if (task.state === 'queued') {
    state.matching.enqueue(task);
    indexPrice(state, task);
    if (isGivenBack(task)) state.halts.givenBack.add(task);
  } else if (task.state === 'dead') state.deadLetters.add(task, state.children.has(task.id));
  else if (isParkedUrgent(task)) park(state.parkedUrgent, task.org, task.id);
  else if (task.reason === 'budget') park(state.limits.stopped, limitOf(task), task.id);
  else if (isFinal(task.state)) state.finished.add(task.id);
}

function leaveState(state: State, task: Task, from: TaskState): void {
  if (from === 'queued') {
    state.matching.dequeue(task);
    state.halts.givenBack.delete(task);
    state.limits.left(task.org, task.id);
  } else if (from === 'dead') state.deadLetters.remove(task);
  else if (from === 'scheduled') {
    unpark(state.parkedUrgent, task.org, task.id);
    unpark(state.limits.stopped, limitOf(task), task.id);
  } else if (isFinal(from)) state.finished.delete(task.id);
}

/** A halt or a spend limit has stopped its last attempt. */
function isGivenBack({ attemptLog }: Task): boolean {
  const last = attemptLog?.at(-1);
  return last?.halt !== undefined || last?.limit !== undefined;
}

/** The id of the spend limit that stopped it. */
function limitOf({ attemptLog }: Task): string {
  return attemptLog?.at(-1)?.limit?.id ?? '';
}

function park(places: Map<string, Set<string>>, place: string, id: string): void {
  const there = places.get(place);
  if (there === undefined) places.set(place, new Set([id]));
  else there.add(id);
}

function unpark(places: Map<string, Set<string>>, place: string, id: string): void {
  const there = places.get(place);
  if (there?.delete(id) === true && there.size === 0) places.delete(place);
}

function isParkedUrgent({ state, reason, spec }: Task): boolean {
  return state === 'scheduled' && reason === 'rate_limited' && spec.lane === 'urgent';
}
