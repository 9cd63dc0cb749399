// Task events: each names the state it expects and leaves a whole task, its agent and the indexes in agreement.

import type { Event, TaskEvent } from '../events.js';
import {
  bodiesOfResult,
  changeAgent,
  forgetParents,
  indexDependencies,
  indexPassOver,
  indexTask,
  releaseBodies,
  retainBodies,
  retainTask,
  unindexTask,
} from '../indexes.js';
import { type Agent, agentKey, agentOf, idempotencyKey, type State, type Task } from '../state.js';
import { UnknownEvent } from '../unknown-event.js';
import { beginAttempt, endAttempt, lastAttempt, noteOverlap, notePaths, noteReport, noteSpent } from './attempts.js';
import { remember } from './history.js';
import { checkTransition, ImpossibleEvent, taskTransitions } from './machine.js';

/** Newest answered questions kept per task. */
const ANSWERS_KEPT = 8;

type Submitted = Extract<Event, { type: 'task.submitted' }>;
type TaskChange = Exclude<TaskEvent, Submitted>;

export function applyTask(state: State, event: TaskEvent, at: number): void {
  if (event.type === 'task.submitted') return submit(state, event, at);
  if (!Object.hasOwn(taskTransitions, event.type)) throw new UnknownEvent(event.type);
  const task = state.tasks.get(event.task);
  if (task === undefined) throw new ImpossibleEvent(`${event.type} for a task that is not there: ${event.task}`);
  const before = task.state;
  unindexTask(state, task);
  change(state, task, event, at);
  checkTransition(event.type, before, task.state);
  if (event.type === 'task.archived') return;
  indexTask(state, task);
}

function submit(state: State, event: Submitted, at: number): void {
  const { initial, spec } = event;
  const notBefore = initial.state === 'scheduled';
  const openParents = (spec.dependsOn ?? []).filter((id) => state.tasks.get(id)?.state !== 'completed').length;
  const task: Task = {
    id: event.task,
    org: event.org,
    spec,
    by: event.by,
    createdAt: at,
    state: initial.state,
    reason: notBefore ? 'notBefore' : null,
    deadline: initial.state === 'scheduled' ? initial.dueAt : 0,
    openParents,
    orphanedBy: null,
    queuedAt: at,
    generation: 0,
    agent: null,
    offers: 0,
    passedOver: null,
    attempts: 0,
    attemptLog: null,
    attemptsDropped: 0,
    question: null,
    runLeftMs: 0,
    answer: null,
    progress: null,
    reports: null,
    result: null,
    usage: null,
    death: null,
    cancel: null,
    finishedAt: 0,
    history: [{ at, event: 'submitted' }],
    historyDropped: 0,
    slot: null,
  };
  state.tasks.set(task.id, task);
  retainTask(state, task);
  indexTask(state, task);
  if (event.idempotency !== undefined) {
    const { key, digest } = event.idempotency;
    state.idempotency.set(idempotencyKey(event.org, event.by, key), { task: task.id, digest, at });
  }
}

function change(state: State, task: Task, event: TaskChange, at: number): void {
  switch (event.type) {
    case 'task.due':
    case 'task.unblocked_by_parents':
      enqueue(task, event.type === 'task.due' ? event.to : 'queued', at);
      return remember(task, at, task.state);
    case 'task.assigned':
      return assign(state, task, event, at);
    case 'task.offer_ended':
      return endOffer(state, task, event, at);
    case 'task.accepted':
      return accept(task, event.runUntil, at);
    case 'task.progressed':
      noteReport(task, event.report);
      noteSpent(task, event);
      if (event.paths !== undefined) notePaths(state, task, event.paths);
      if (event.note !== undefined || event.fraction !== undefined) {
        task.progress = {
          at,
          ...(event.note !== undefined && { note: event.note }),
          ...(event.fraction !== undefined && { fraction: event.fraction }),
        };
      }
      return;
    case 'task.overlapped':
      return noteOverlap(task, { task: event.with, paths: event.paths }, at);
    case 'task.blocked':
      noteReport(task, event.report);
      task.state = 'blocked';
      task.runLeftMs = Math.max(0, task.deadline - at);
      task.deadline = event.until;
      task.question = event.question;
      return remember(task, at, 'blocked', event.question.question.slice(0, 200));
    case 'task.answered':
      if (event.kept === true) keepAnswer(task, event.answer);
      task.state = 'working';
      task.deadline = event.runUntil;
      task.question = null;
      task.answer = { questionId: event.questionId, answer: event.answer };
      return remember(task, at, 'answered', event.by);
    case 'task.answer_confirmed':
      if (task.answer?.questionId === event.questionId) task.answer = null;
      return;
    case 'task.completed':
      noteReport(task, event.report);
      noteSpent(task, event);
      endAttempt(state, task, at).reported = true;
      freeAgent(state, task, at);
      task.result = event.result;
      retainBodies(state, bodiesOfResult(event.result));
      finish(state, task, 'completed', at);
      return remember(task, at, 'completed');
    case 'task.attempt_failed':
      return failAttempt(state, task, event, at);
    case 'task.resumed':
      return resume(state, task, event.until, at);
    case 'task.cancelled':
      return cancel(state, task, event, at);
    case 'task.requeued':
      task.offers = 0;
      task.attempts = 0;
      task.death = null;
      task.passedOver = null;
      if (event.usedBefore !== undefined) task.usedBefore = event.usedBefore;
      enqueue(task, event.to, at);
      return remember(task, at, 'requeued', event.by);
    case 'task.archived':
      releaseBodies(state, task);
      state.tasks.delete(task.id);
      return;
    default:
      throw new UnknownEvent((event as { type: string }).type);
  }
}

function assign(state: State, task: Task, event: Extract<TaskChange, { type: 'task.assigned' }>, at: number): void {
  if (event.generation <= task.generation) throw new ImpossibleEvent(`generation ${event.generation} does not grow`);
  const agent = state.agents.get(agentKey(task.org, event.agent));
  if (agent === undefined || agent.task !== null) throw new ImpossibleEvent(`${event.agent} cannot take ${task.id}`);
  task.state = 'assigned';
  task.agent = event.agent;
  task.generation = event.generation;
  task.deadline = event.acceptBy;
  task.offers++;
  task.question = null;
  task.answer = null;
  task.reports = null;
  task.progress = null;
  changeAgent(state, agent, () => {
    agent.task = task.id;
  });
  remember(task, at, 'assigned', event.agent);
}

function endOffer(
  state: State,
  task: Task,
  event: Extract<TaskChange, { type: 'task.offer_ended' }>,
  at: number,
): void {
  const name = task.agent as string;
  const agent = freeAgent(state, task, at);
  if (event.cause === 'ignored' && agent !== undefined) {
    changeAgent(state, agent, () => {
      agent.unresponsive = true;
    });
  }
  if (event.cause !== 'lost') {
    const others = (task.passedOver ?? []).filter((entry) => entry.agent !== name);
    const times = (task.passedOver?.find((entry) => entry.agent === name)?.times ?? 0) + 1;
    task.passedOver = [...others, { agent: name, until: event.passOverUntil, times }];
    indexPassOver(state, task, event.passOverUntil);
  }
  task.state = event.to;
  task.deadline = 0;
  if (event.to === 'dead') task.death = 'no_taker';
  remember(task, at, event.cause === 'lost' ? 'offer_lost' : event.cause, event.reason ?? name);
  if (event.to === 'dead') remember(task, at, 'dead', 'no_taker');
}

function accept(task: Task, runUntil: number, at: number): void {
  task.state = 'working';
  task.deadline = runUntil;
  task.offers = 0;
  task.passedOver = null;
  const agent = task.agent as string;
  beginAttempt(task, agent, at);
  remember(task, at, 'accepted', agent);
}

function failAttempt(
  state: State,
  task: Task,
  event: Extract<TaskChange, { type: 'task.attempt_failed' }>,
  at: number,
): void {
  if (event.report !== undefined) noteReport(task, event.report);
  noteSpent(task, event);
  const attempt = endAttempt(state, task, at);
  attempt.error = event.error;
  if (event.salvageRef !== undefined) attempt.salvageRef = event.salvageRef;
  attempt.counted = event.counted;
  attempt.reported = event.report !== undefined;
  attempt.lostWhile = event.error.class === 'lost' ? (task.state as 'working' | 'blocked') : null;
  if (event.counted) task.attempts++;
  freeAgent(state, task, at, event.stopUntil);
  if (attempt.lostWhile === null) {
    task.question = null;
    task.answer = null;
  }
  if (event.next.state === 'dead') {
    task.state = 'dead';
    task.deadline = 0;
    task.death = event.next.cause;
  } else {
    task.state = 'scheduled';
    task.reason = event.next.reason;
    task.deadline = event.next.dueAt;
  }
  remember(task, at, 'attempt_failed', `${event.error.class}: ${event.error.code}`);
  if (event.next.state === 'dead') remember(task, at, 'dead', event.next.cause);
}

/** The attempt that was given up as lost goes on, as if it had never ended. */
function resume(state: State, task: Task, until: number, at: number): void {
  const attempt = lastAttempt(task);
  const agent = state.agents.get(agentKey(task.org, attempt.agent));
  if (attempt.lostWhile === null || agent === undefined || agent.task !== null) {
    throw new ImpossibleEvent(`${task.id} cannot be resumed by ${attempt.agent}`);
  }
  task.state = attempt.lostWhile;
  task.reason = null;
  task.deadline = until;
  task.agent = attempt.agent;
  if (attempt.counted && task.attempts > 0) task.attempts--;
  attempt.counted = false;
  attempt.endedAt = 0;
  attempt.error = null;
  attempt.lostWhile = null;
  changeAgent(state, agent, () => {
    agent.task = task.id;
  });
  remember(task, at, 'resumed', attempt.agent);
}

function cancel(state: State, task: Task, event: Extract<TaskChange, { type: 'task.cancelled' }>, at: number): void {
  if (task.agent !== null) {
    if (task.state !== 'assigned') endAttempt(state, task, at);
    freeAgent(state, task, at, event.stopUntil);
  }
  task.cancel = { cause: event.cause, reason: event.reason, by: event.by };
  finish(state, task, 'cancelled', at);
  remember(task, at, 'cancelled', event.reason);
}

function keepAnswer(task: Task, answer: string): void {
  if (task.question === null) return;
  task.answers = [...(task.answers ?? []), { ...task.question, answer }].slice(-ANSWERS_KEPT);
}

function finish(state: State, task: Task, as: 'completed' | 'cancelled', at: number): void {
  task.state = as;
  task.reason = null;
  task.deadline = 0;
  task.finishedAt = at;
  task.passedOver = null;
  task.progress = null;
  task.question = null;
  task.answer = null;
  forgetParents(state, task);
  for (const id of state.children.get(task.id) ?? []) {
    const child = state.tasks.get(id);
    if (child === undefined) continue;
    if (as === 'completed') child.openParents--;
    else child.orphanedBy ??= task.id;
    indexDependencies(state, child);
  }
}

function enqueue(task: Task, to: 'queued' | 'waiting', at: number): void {
  task.state = to;
  task.reason = null;
  task.deadline = 0;
  task.queuedAt = at;
}

/** Takes the task from its agent; with `stopUntil` the agent stays busy stopping it until then. */
function freeAgent(state: State, task: Task, at: number, stopUntil?: number): Agent | undefined {
  const agent = agentOf(state, task);
  task.agent = null;
  if (agent === undefined) return undefined;
  changeAgent(state, agent, () => {
    agent.task = null;
    agent.lastRepo = task.spec.repo?.url ?? null;
    agent.idleSince = at;
    agent.stopping = stopUntil === undefined ? null : { task: task.id, generation: task.generation, until: stopUntil };
    agent.graceUntil = 0;
  });
  return agent;
}
