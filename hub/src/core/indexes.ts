// Keeps the indexes true to tasks and agents: taken out before they change, put back in after. The same functions serve live events
// and snapshots, so an index can never depend on how a state came about.

import type { Body, StoredResult } from './events.js';
import { type Agent, agentKey, type Enrolment, isAvailable, isFinal, type State, type Task } from './state.js';

export function indexTask(state: State, task: Task): void {
  state.taskCounts[task.state]++;
  if (task.state === 'queued') state.matching.enqueue(task);
  if (task.deadline > 0) state.deadlines.set(taskKey(task.id), elapsedDeadline(state, task));
  if (isFinal(task.state)) state.finished.add(task.id);
}

export function unindexTask(state: State, task: Task): void {
  state.taskCounts[task.state]--;
  if (task.state === 'queued') state.matching.dequeue(task);
  if (task.deadline > 0) state.deadlines.clear(taskKey(task.id), elapsedDeadline(state, task));
  if (isFinal(task.state)) state.finished.delete(task.id);
}

export function indexAgent(state: State, agent: Agent): void {
  if (isAvailable(agent)) state.matching.offer(agent);
  const deadline = agentDeadline(agent);
  if (deadline > 0) state.deadlines.set(agentDeadlineKey(agent), deadline);
}

export function unindexAgent(state: State, agent: Agent): void {
  if (isAvailable(agent)) state.matching.withdraw(agent);
  const deadline = agentDeadline(agent);
  if (deadline > 0) state.deadlines.clear(agentDeadlineKey(agent), deadline);
}

export function changeAgent(state: State, agent: Agent, change: (agent: Agent) => void): void {
  unindexAgent(state, agent);
  change(agent);
  indexAgent(state, agent);
}

/** When a lost link or an unconfirmed stop is given up; 0 for never. */
function agentDeadline(agent: Agent): number {
  return agent.task !== null ? agent.graceUntil : (agent.stopping?.until ?? 0);
}

/** When a usage limit of an agent ends, it looks for a task again. */
export function indexLimits(state: State, agent: Agent): void {
  for (const { until } of agent.limits ?? []) state.deadlines.set(limitKey(agent), until);
}

/** What is counted once in a task's life: its bodies, its place under its parents, its pass-overs, the files it touches. */
export function retainTask(state: State, task: Task): void {
  retainBodies(state, bodiesOf(task));
  if (isFinal(task.state)) return;
  state.touched.add(task);
  for (const parent of task.spec.dependsOn ?? []) {
    const children = state.children.get(parent);
    if (children === undefined) state.children.set(parent, new Set([task.id]));
    else children.add(task.id);
  }
  indexDependencies(state, task);
  for (const entry of task.passedOver ?? []) indexPassOver(state, task, entry.until);
}

/** When an agent stops being passed over for a task, the task looks for an agent again. */
export function indexPassOver(state: State, task: Task, until: number): void {
  state.deadlines.set(offerKey(task.id), until);
}

/** Puts a task down for the next tick when what became of its parents decides about it. */
export function indexDependencies(state: State, task: Task): void {
  const ready = task.state === 'waiting' && task.openParents === 0;
  if (ready || task.orphanedBy !== null) state.deadlines.set(familyKey(task.id), AT_ONCE);
}

export function retainBodies(state: State, bodies: readonly (Body | undefined)[]): void {
  for (const ref of refsOf(bodies)) state.bodies.set(ref, (state.bodies.get(ref) ?? 0) + 1);
}

export function releaseBodies(state: State, task: Task): void {
  for (const ref of refsOf(bodiesOf(task))) {
    const count = (state.bodies.get(ref) ?? 0) - 1;
    if (count > 0) state.bodies.set(ref, count);
    else state.bodies.delete(ref);
  }
}

export function forgetParents(state: State, task: Task): void {
  for (const parent of task.spec.dependsOn ?? []) {
    const children = state.children.get(parent);
    children?.delete(task.id);
    if (children?.size === 0) state.children.delete(parent);
  }
}

/** Every text of a task that may be stored apart. */
export function bodiesOf({ spec, result }: Pick<Task, 'spec' | 'result'>): (Body | undefined)[] {
  return [spec.prompt, spec.data, ...(result === null ? [] : bodiesOfResult(result))];
}

export function bodiesOfResult(result: StoredResult): (Body | undefined)[] {
  return [result.summary, result.data, result.verification, result.notes];
}

export function* refsOf(bodies: readonly (Body | undefined)[]): Iterable<string> {
  for (const body of bodies) if (body !== undefined && typeof body !== 'string') yield body.ref;
}

/** `notBefore` is wall time; everything else is elapsed time. */
export function elapsedDeadline(state: State, task: Task): number {
  return task.reason === 'notBefore' ? task.deadline - state.wallOffsetMs : task.deadline;
}

export function indexEnrolment(state: State, enrolment: Enrolment): void {
  state.deadlines.set(enrolmentKey(enrolment), enrolment.expiresAt + ENROLMENT_KEPT_MS);
}

/** Before any clock began: due at the next tick. */
const AT_ONCE = 0;
/** A used or expired enrolment is remembered for a day, so that a lost answer can still be asked for again. */
const ENROLMENT_KEPT_MS = 24 * 3_600_000;

const familyKey = (id: string): string => `family ${id}`;
const offerKey = (id: string): string => `offer ${id}`;
const taskKey = (id: string): string => `task ${id}`;
const limitKey = (agent: Agent): string => `limit ${agentKey(agent.org, agent.name)}`;
const agentDeadlineKey = (agent: Agent): string => `agent ${agentKey(agent.org, agent.name)}`;
const enrolmentKey = (enrolment: Enrolment): string => `enrolment ${enrolment.hash}`;
