// Task events: each names the state it expects and leaves a whole task, its agent and the indexes in agreement.
// Long because each event has its function here, so that the state changes nowhere else.

import { countUse } from '../access/usage.js';
import { agentKey } from '../agent/agent.js';
import { changeAgent } from '../agent/indexes.js';
import {
  noteAssigned,
  noteCompleted,
  noteDead,
  noteFailed,
  noteMissedOffer,
  noteMove,
  noteResumed,
} from '../alert/notice.js';
import { ImpossibleEvent } from '../event-errors.js';
import { bookAttempt, bookTask, unbookAttempt } from '../ledger/book.js';
import { reserveFor } from '../limit/account.js';
import type { ApplyTable, State } from '../state.js';
import {
  attemptOf,
  beginAttempt,
  endAttempt,
  lastAttempt,
  noteOverlap,
  notePaths,
  noteReport,
  noteSpent,
} from './attempts.js';
import { bodiesOf, bodiesOfResult, releaseBodies, retainBodies } from './bodies.js';
import { UNDONE } from './dead-letters.js';
import { forgetParents, tellChildren } from './dependencies.js';
import type { Body, IdempotencyEvent, TaskEvent } from './events.js';
import { giveBackForLimit, halt } from './given-back.js';
import { remember } from './history.js';
import { freeAgent } from './holder.js';
import { changeSpec, elapsedDeadline, indexPrice, indexTask, reindexTask, retainTask, unindexTask } from './indexes.js';
import { checkTransition, TASK_TRANSITIONS, type TaskTransition } from './machine.js';
import { isOfRunner, noteMachineFailure, passOver } from './pass-over.js';
import { requeuedText } from './requeued-text.js';
import { choiceText } from './routes.js';
import type { Task } from './task.js';

/** Newest answered questions kept per task. */
const ANSWERS_KEPT = 8;

type EventOf<T extends TaskEvent['type']> = Extract<TaskEvent, { readonly type: T }>;
type Change<T extends TaskTransition> = (task: Task, event: EventOf<T>, at: number, state: State) => void;

const changes: { readonly [T in TaskTransition]: Change<T> } = {
  'task.due': (task, event, at) => {
    enqueue(task, event.to, at);
    remember(task, at, event.to);
  },
  'task.unblocked_by_parents': (task, _event, at) => {
    enqueue(task, 'queued', at);
    remember(task, at, 'queued');
  },
  'task.assigned': assign,
  'task.offer_ended': endOffer,
  'task.accepted': accept,
  'task.progressed': (task, event, at, state) => {
    const { report, note, fraction, paths } = event;
    noteReport(task, report);
    noteSpent(state, task, event, at);
    if (paths !== undefined) notePaths(state, task, paths);
    if (event.until !== undefined) task.deadline = event.until;
    if (note === undefined && fraction === undefined) return;
    task.progress = { at, ...(note !== undefined && { note }), ...(fraction !== undefined && { fraction }) };
  },
  'task.overlapped': (task, event, at) => noteOverlap(task, { task: event.with, paths: event.paths }, at),
  'task.blocked': (task, event, at) => {
    noteReport(task, event.report);
    task.state = 'blocked';
    task.runLeftMs = Math.max(0, (task.deadline ?? at) - at);
    task.deadline = event.until;
    task.question = event.question;
    remember(task, at, 'blocked', event.question.question.slice(0, 200));
  },
  'task.answered': (task, event, at) => {
    keepAnswer(task, event.answer);
    task.state = 'working';
    task.deadline = event.runUntil;
    task.question = undefined;
    task.answer = { questionId: event.questionId, answer: event.answer };
    remember(task, at, 'answered', event.by);
  },
  'task.answer_confirmed': (task, event) => {
    if (task.answer?.questionId === event.questionId) task.answer = undefined;
  },
  'task.completed': (task, event, at, state) => {
    countUse(state, task.org, 'completed', at);
    noteReport(task, event.report);
    noteSpent(state, task, event, at);
    const attempt = endAttempt(state, task, at);
    attempt.reported = true;
    noteCompleted(state, task, attempt, event.result, at);
    freeAgent(state, task, at);
    task.result = event.result;
    retainBodies(state, task.org, bodiesOfResult(event.result));
    finish(state, task, 'completed', at);
    bookTask(state, task);
    remember(task, at, 'completed');
  },
  'task.priced': (task, { routes }, at, state) => {
    state.matching.dequeue(task);
    task.priced = { at, routes };
    state.matching.enqueue(task);
    indexPrice(state, task);
  },
  'task.attempt_failed': failAttempt,
  'task.halted': halt,
  'task.limited': giveBackForLimit,
  'task.attempt_left': (task, event) => {
    const attempt = attemptOf(task, event.generation);
    if (attempt === undefined) throw new ImpossibleEvent(`${task.id} has no attempt ${event.generation}`);
    attempt.left = event.left;
  },
  'task.attempt_used': (task, event, at, state) => {
    const attempt = attemptOf(task, event.generation);
    if (attempt?.endedAt === undefined) {
      throw new ImpossibleEvent(`${task.id} has no attempt ${event.generation} that has ended`);
    }
    unbookAttempt(state, task, attempt);
    noteSpent(state, task, event, at, attempt);
    bookAttempt(state, task, attempt, attempt.endedAt);
  },
  'task.resumed': resume,
  'task.cancelled': (task, event, at, state) => {
    if (task.agent !== undefined) {
      if (task.state !== 'assigned') endAttempt(state, task, at);
      freeAgent(state, task, at, event.stopUntil);
    }
    task.cancel = { cause: event.cause, reason: event.reason, by: event.by };
    finish(state, task, 'cancelled', at);
    remember(task, at, 'cancelled', event.reason);
  },
  'task.moved': (task, { lane, by }, at, state) => {
    const before = task.spec.lane;
    changeSpec(state, task, { lane });
    // Behind its death nothing is remembered.
    if (task.state !== 'dead') remember(task, at, 'moved', `${by}, from ${before} to ${lane}`);
  },
  'task.requeued': (task, event, at, state) => {
    task.offers = 0;
    task.attempts = 0;
    task.death = undefined;
    task.passedOver = undefined;
    if (task.machineFailures !== undefined) task.machineFailures = undefined;
    if (event.usedBefore !== undefined) task.usedBefore = event.usedBefore;
    if (event.push !== undefined || task.push !== undefined) task.push = event.push;
    if (event.freshSession === true) task.freshAfter = task.generation;
    if (event.model !== undefined) task.spec = state.shared.spec({ ...task.spec, model: event.model });
    if (event.changes !== undefined) task.spec = state.shared.spec({ ...task.spec, ...event.changes });
    if (event.prompt !== undefined) changePrompt(state, task, event.prompt.body);
    if (task.choice !== undefined) task.choice = undefined;
    if (event.routes !== undefined) task.priced = { at, routes: event.routes };
    enqueue(task, event.to, at);
    remember(task, at, event.push === undefined ? 'requeued' : 'push_requested', requeuedText(event));
  },
  'task.requeue_undone': undoRequeue,
};

export const taskEvents: ApplyTable<TaskEvent | IdempotencyEvent> = {
  'task.submitted': submit,
  ...transitions(),
  'task.archived': (state, event) => {
    const task = taskOf(state, event);
    if (task.finishedAt === undefined) throw new ImpossibleEvent(`${task.id} is archived before it has finished`);
    unindexTask(state, task);
    releaseBodies(state, task.org, bodiesOf(task));
    state.tasks.delete(task.id);
  },
  'idempotency.expired': (state, { before }) => state.idempotency.forgetBefore(before),
};

/** Every change of a task is held against the machine, and the indexes follow it. */
function transitions(): Pick<ApplyTable<TaskEvent>, TaskTransition> {
  const table = TASK_TRANSITIONS.map((type) => [
    type,
    (state: State, event: EventOf<TaskTransition>, at: number) => {
      const task = taskOf(state, event);
      const from = task.state;
      const deadline = elapsedDeadline(state, task);
      (changes[type] as Change<TaskTransition>)(task, event, at, state);
      checkTransition(type, from, task.state);
      noteMove(state, task, from, at);
      reindexTask(state, task, from, deadline);
    },
  ]);
  return Object.fromEntries(table) as Pick<ApplyTable<TaskEvent>, TaskTransition>;
}

function taskOf(state: State, event: { readonly type: string; readonly task: string }): Task {
  const task = state.tasks.get(event.task);
  if (task === undefined) throw new ImpossibleEvent(`${event.type} for a task that is not there: ${event.task}`);
  return task;
}

function submit(state: State, event: EventOf<'task.submitted'>, at: number): void {
  const { initial } = event;
  const { shared } = state;
  const spec = shared.submitted(event.spec);
  const task: Task = {
    id: event.task,
    org: shared.text(event.org),
    spec,
    by: shared.text(event.by),
    createdAt: at,
    order: state.taskIndex.nextOrder(),
    state: initial.state,
    reason: initial.state === 'scheduled' ? 'notBefore' : undefined,
    deadline: initial.state === 'scheduled' ? initial.dueAt : undefined,
    queuedAt: at,
    generation: 0,
    agent: undefined,
    offers: 0,
    attempts: 0,
    attemptLog: undefined,
    reports: undefined,
    result: undefined,
    usage: undefined,
    finishedAt: undefined,
    history: undefined,
  };
  if (spec.dependsOn !== undefined) {
    const isOpen = (id: string): boolean =>
      state.tasks.get(id)?.state !== 'completed' && event.archivedParents?.includes(id) !== true;
    task.openParents = spec.dependsOn.filter(isOpen).length;
    if (event.parentBranch !== undefined) task.parentBranch = event.parentBranch;
  }
  if (event.traceparent !== undefined) task.traceparent = event.traceparent;
  if (event.routes !== undefined) task.priced = { at, routes: event.routes };
  state.tasks.set(task.id, task);
  retainTask(state, task);
  indexTask(state, task);
  noteMove(state, task, undefined, at);
  if (event.idempotency !== undefined) {
    const { key, digest } = event.idempotency;
    state.idempotency.add({ org: task.org, by: task.by, key, task: task.id, digest, at });
  }
  countUse(state, task.org, 'submitted', at);
}

function assign(task: Task, event: EventOf<'task.assigned'>, at: number, state: State): void {
  if (event.generation <= task.generation) throw new ImpossibleEvent(`generation ${event.generation} does not grow`);
  const agent = state.agents.get(agentKey(task.org, event.agent));
  if (agent === undefined || agent.task !== undefined)
    throw new ImpossibleEvent(`${event.agent} cannot take ${task.id}`);
  task.state = 'assigned';
  task.agent = agent.name;
  task.generation = event.generation;
  task.deadline = event.acceptBy;
  task.offers++;
  if (event.choice !== undefined || task.choice !== undefined) task.choice = event.choice;
  if (task.question !== undefined) task.question = undefined;
  if (task.answer !== undefined) task.answer = undefined;
  if (task.progress !== undefined) task.progress = undefined;
  task.reports = undefined;
  changeAgent(state, agent, () => {
    agent.task = task.id;
  });
  if (event.estimate !== undefined || task.estimate !== undefined) task.estimate = event.estimate;
  reserveFor(state, task);
  const { choice } = event;
  remember(task, at, 'assigned', choice === undefined ? agent.name : `${agent.name}, ${choiceText(choice)}`);
  noteAssigned(state, task, at);
}

function endOffer(task: Task, event: EventOf<'task.offer_ended'>, at: number, state: State): void {
  const name = task.agent as string;
  const agent = freeAgent(state, task, at);
  if (event.cause === 'ignored' && agent !== undefined) {
    changeAgent(state, agent, () => {
      agent.unresponsive = true;
    });
  }
  if (event.cause !== 'lost') {
    passOver(state, task, name, event.passOverUntil, event.cause === 'rejected');
    noteMissedOffer(state, task, name, at);
  }
  task.state = event.to;
  task.deadline = undefined;
  if (event.to === 'dead') task.death = 'no_taker';
  remember(task, at, event.cause === 'lost' ? 'offer_lost' : event.cause, event.reason ?? name);
  if (event.to !== 'dead') return;
  remember(task, at, 'dead', 'no_taker');
  noteDead(state, task, at);
}

function accept(task: Task, event: EventOf<'task.accepted'>, at: number): void {
  task.state = 'working';
  task.deadline = event.runUntil;
  task.offers = 0;
  // Else who could not start it would be tried again as soon as the next one cannot either.
  if (task.passedOver !== undefined && task.machineFailures === undefined) task.passedOver = undefined;
  const agent = task.agent as string;
  beginAttempt(task, agent, at);
  remember(task, at, 'accepted', agent);
}

function failAttempt(task: Task, event: EventOf<'task.attempt_failed'>, at: number, state: State): void {
  if (event.report !== undefined) noteReport(task, event.report);
  noteSpent(state, task, event, at);
  const attempt = endAttempt(state, task, at);
  attempt.error = event.error;
  if (event.left !== undefined) attempt.left = event.left;
  attempt.counted = event.counted;
  attempt.reported = event.report !== undefined;
  attempt.lostWhile = event.error.class === 'lost' ? (task.state as 'working' | 'blocked') : undefined;
  if (event.counted) task.attempts++;
  const name = task.agent as string;
  noteMachineFailure(task, event.error);
  noteFailed(state, task, name, event.error, at);
  freeAgent(state, task, at, event.stopUntil);
  if (attempt.lostWhile === undefined) {
    task.question = undefined;
    task.answer = undefined;
  }
  if (event.next.state === 'dead') {
    task.state = 'dead';
    task.deadline = undefined;
    task.death = event.next.cause;
  } else if (event.next.state === 'queued') {
    const { passOverUntil } = event.next;
    if (passOverUntil !== undefined) passOver(state, task, name, passOverUntil, isOfRunner(event.error));
    task.state = 'queued';
    task.deadline = undefined;
  } else {
    task.state = 'scheduled';
    task.reason = event.next.reason;
    task.deadline = event.next.dueAt;
  }
  remember(task, at, 'attempt_failed', `${event.error.class}: ${event.error.code}`);
  if (event.next.state !== 'dead') return;
  remember(task, at, 'dead', event.next.cause);
  bookTask(state, task);
  noteDead(state, task, at);
}

/** The attempt that was given up as lost goes on, as if it had never ended. */
function resume(task: Task, event: EventOf<'task.resumed'>, at: number, state: State): void {
  const attempt = lastAttempt(task);
  const agent = state.agents.get(agentKey(task.org, attempt.agent));
  if (attempt.lostWhile === undefined || agent === undefined || agent.task !== undefined) {
    throw new ImpossibleEvent(`${task.id} cannot be resumed by ${attempt.agent}`);
  }
  task.state = attempt.lostWhile;
  task.reason = undefined;
  task.deadline = event.until;
  task.agent = agent.name;
  unbookAttempt(state, task, attempt);
  noteResumed(state, task, attempt.agent);
  if (attempt.counted && task.attempts > 0) task.attempts--;
  attempt.counted = false;
  attempt.endedAt = undefined;
  attempt.error = undefined;
  attempt.lostWhile = undefined;
  changeAgent(state, agent, () => {
    agent.task = task.id;
  });
  reserveFor(state, task);
  remember(task, at, 'resumed', attempt.agent);
}

/** What means nothing while it is dead begins anew with the next requeue. */
function undoRequeue(task: Task, { was, by }: EventOf<'task.requeue_undone'>, at: number, state: State): void {
  const { cause, attempts, offers, machineFailures, choice, usedBefore, freshAfter } = was;
  changeSpec(state, task, was.spec, was.without);
  if (task.spec.maxCost === undefined && task.priced !== undefined) task.priced = undefined;
  task.state = 'dead';
  task.death = cause;
  task.attempts = attempts;
  task.offers = offers;
  if (machineFailures !== undefined) task.machineFailures = machineFailures;
  if (choice !== undefined) task.choice = choice;
  if (usedBefore !== undefined || task.usedBefore !== undefined) task.usedBefore = usedBefore;
  if (freshAfter !== undefined || task.freshAfter !== undefined) task.freshAfter = freshAfter;
  remember(task, at, UNDONE, by);
}

function changePrompt(state: State, task: Task, prompt: Body): void {
  retainBodies(state, task.org, [prompt]);
  releaseBodies(state, task.org, [task.spec.prompt]);
  task.spec = state.shared.spec({ ...task.spec, prompt });
  task.promptChangedAfter = task.generation;
}

function keepAnswer(task: Task, answer: string): void {
  if (task.question === undefined) return;
  task.answers = [...(task.answers ?? []), { ...task.question, answer }].slice(-ANSWERS_KEPT);
}

function finish(state: State, task: Task, as: 'completed' | 'cancelled', at: number): void {
  task.state = as;
  task.reason = undefined;
  task.deadline = undefined;
  task.finishedAt = at;
  if (task.passedOver !== undefined) task.passedOver = undefined;
  if (task.machineFailures !== undefined) task.machineFailures = undefined;
  if (task.progress !== undefined) task.progress = undefined;
  if (task.question !== undefined) task.question = undefined;
  if (task.answer !== undefined) task.answer = undefined;
  forgetParents(state, task);
  tellChildren(state, task);
}

function enqueue(task: Task, to: 'queued' | 'waiting', at: number): void {
  task.state = to;
  task.reason = undefined;
  task.deadline = undefined;
  task.queuedAt = at;
}
