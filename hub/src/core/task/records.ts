// Tasks and idempotency keys as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import { newAttempt } from './attempts.js';
import { diedAt } from './dead-letters.js';
import type { IdempotencyFact } from './idempotency.js';
import { indexTask, retainTask } from './indexes.js';
import { type Attempt, isFinal, type Task } from './task.js';

export type TaskRecord =
  | { readonly kind: 'idempotency'; readonly value: IdempotencyFact }
  | { readonly kind: 'task'; readonly value: Omit<Task, 'order'> };

export function* dumpTasks(state: State): Iterable<TaskRecord> {
  for (const fact of state.idempotency.facts()) yield { kind: 'idempotency', value: fact };
  for (const task of state.tasks.values()) yield { kind: 'task', value: factsOf(task) };
}

/** In one order, however the task came by what it has. Nothing may be forgotten, so every part has to be named. */
function factsOf(task: Task): { [Part in keyof Required<Omit<Task, 'order'>>]: Task[Part] } {
  const { id, org, spec, by, createdAt, state, reason, deadline, queuedAt, generation, agent, offers, attempts } = task;
  const { attemptLog, reports, result, usage, finishedAt, history, historyDropped, attemptsDropped } = task;
  const { openParents, orphanedBy, passedOver, question, runLeftMs, answer, answers, progress, paths, overlaps } = task;
  const {
    traceparent,
    parentBranch,
    machineFailures,
    usedBefore,
    usageDropped,
    push,
    choice,
    priced,
    freshAfter,
    promptChangedAfter,
    estimate,
    death,
    cancel,
  } = task;
  return {
    id,
    org,
    spec,
    by,
    createdAt,
    state,
    reason,
    deadline,
    queuedAt,
    generation,
    agent,
    offers,
    attempts,
    attemptLog,
    reports,
    result,
    usage,
    finishedAt,
    history,
    historyDropped,
    attemptsDropped,
    openParents,
    traceparent,
    parentBranch,
    orphanedBy,
    passedOver,
    machineFailures,
    question,
    runLeftMs,
    answer,
    answers,
    progress,
    paths,
    overlaps,
    usedBefore,
    usageDropped,
    push,
    choice,
    priced,
    freshAfter,
    promptChangedAfter,
    estimate,
    death,
    cancel,
  };
}

export const loadTasks: LoadTable<TaskRecord> = {
  idempotency: (state, fact) => state.idempotency.add(fact),
  task: (state, value) => {
    state.tasks.set(value.id, taskFrom(state, value));
  },
};

/** The same form that a submission makes. */
function taskFrom({ shared, taskIndex }: State, facts: Omit<Task, 'order'>): Task {
  const { id, org, spec, by, createdAt, state, reason, deadline, queuedAt, generation, agent, offers, ...more } = facts;
  const { attempts, attemptLog, reports, result, usage, finishedAt, history, ...rare } = more;
  const task: Task = {
    id,
    org: shared.text(org),
    spec: shared.spec(spec),
    by: shared.text(by),
    createdAt,
    order: taskIndex.nextOrder(),
    state,
    reason,
    deadline,
    queuedAt,
    generation,
    agent,
    offers,
    attempts,
    attemptLog: attemptLog?.map(attemptFrom),
    reports,
    result,
    usage,
    finishedAt,
    history,
  };
  return Object.assign(task, rare);
}

/** A field that a record leaves out has its place. */
function attemptFrom(facts: Attempt): Attempt {
  return { ...newAttempt(facts.generation, facts.agent, facts.startedAt), ...facts };
}

/** In an order that does not depend on how the state came about. */
export function indexTasks(state: State): void {
  const finished: Task[] = [];
  const dead: Task[] = [];
  for (const task of state.tasks.values()) {
    retainTask(state, task);
    if (isFinal(task.state)) finished.push(task);
    else if (task.state === 'dead') dead.push(task);
    else indexTask(state, task);
  }
  dead.sort((a, b) => diedAt(a) - diedAt(b));
  for (const task of dead) indexTask(state, task);
  finished.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0));
  for (const task of finished) indexTask(state, task);
}
