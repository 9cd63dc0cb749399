// The routes about tasks.

import { LIMITS, type OverLimit, ROUTES, type TaskView } from '@agentcom/schemas';
import { reachOf } from '../../../access/policy.js';
import { type Bodies, BodyWriter, filledTask } from '../../../bodies/body-writer.js';
import { refuseRepository } from '../../../core/access/repositories.js';
import type { CommandOf, Replies } from '../../../core/commands.js';
import { alreadyFinal, notDead, notRetryable } from '../../../core/lookups.js';
import { Refusal } from '../../../core/refusal.js';
import type { StoredSpec } from '../../../core/task/events.js';
import type { LinkSigns } from '../../../core/task/why-held.js';
import { submitCommand } from '../../agent/commands.js';
import { type FindArchived, submitWithParents } from '../../archived-parents.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import type { Shares } from '../shares.js';
import type { TaskWaits } from '../task-waits.js';
import { requeueOptions } from './requeue.js';

export interface TaskParts {
  readonly bodies: Bodies;
  readonly archived: FindArchived;
  /** Why no new task is taken just now, if so. */
  readonly refuseSubmission: () => Refusal | null;
  readonly waits: TaskWaits;
  readonly waiting: Shares;
  /** What the link of an agent says of it, by the agent's key. */
  readonly signsOf: (agent: string) => LinkSigns | undefined;
  /** ms; the hub's own time. */
  readonly now: () => number;
}

type TaskHandlers = Pick<
  Handlers,
  'task.submit' | 'task.show' | 'task.why' | 'task.cancel' | 'task.retry' | 'task.push' | 'task.answer'
>;

/** A key of some repositories does not learn of other tasks by waiting for them; to it they are not there. */
async function refuseParents({ caller, body, read }: SubmitRequest): Promise<Refusal | undefined> {
  const { dependsOn = [] } = body;
  if (caller.repositories === undefined || dependsOn.length === 0) return undefined;
  const missing = await read((view) =>
    dependsOn.flatMap((id, i) =>
      view.task(id) === undefined ? [{ path: `/dependsOn/${i}`, message: `task ${id} not found` }] : [],
    ),
  );
  if (missing instanceof Refusal) return missing;
  if (missing.length === 0) return undefined;
  return new Refusal('task.parent_not_found', 'a parent task does not exist or was cancelled', missing);
}

type ShowRequest = Pick<RouteRequest<'task.show'>, 'caller' | 'read'>;
type ChangeRequest = Pick<RouteRequest<'task.cancel'>, 'caller' | 'path' | 'read' | 'execute'>;
type RequeueRequest = ChangeRequest & Pick<RouteRequest<'task.retry'>, 'body'>;

type ChangeType = 'task.cancel' | 'task.retry' | 'task.push' | 'task.answer' | 'dead.requeue' | 'dead.discard';
type Change = { [T in ChangeType]: Omit<CommandOf<T>, 'org' | 'task' | 'by'> }[ChangeType];

export function taskHandlers(parts: TaskParts): TaskHandlers {
  return {
    'task.submit': async (request) => {
      const submitted = await submitTask(parts, request);
      if (submitted instanceof Refusal) return submitted;
      const task = await shown(parts, request, submitted.task);
      if (task instanceof Refusal) return task;
      const headers = { location: `/api/v1/tasks/${submitted.task}` };
      if (!submitted.repeated) return { body: { ...task, ...(await over(request, submitted.task)) }, headers };
      return { status: ROUTES['task.submit'].repeatedStatus, body: { ...task, repeated: true }, headers };
    },

    'task.show': async (request) => {
      const refusal = request.query.ifNot === undefined ? needsIfNot(request) : await waitFor(parts, request);
      if (refusal !== undefined) return refusal;
      const body = await showTask(parts, request, request.path.id);
      return body instanceof Refusal ? body : { body };
    },

    'task.why': async (request) => {
      const { path, read } = request;
      const body = await read((view) => view.why(path.id, parts.now(), parts.signsOf));
      if (body instanceof Refusal) return body;
      if (body !== undefined) return { body };
      const archived = await archivedTask(parts, request, path.id);
      if (archived instanceof Refusal) return archived;
      const ended = await read((view) => view.whyEnded(archived));
      return ended instanceof Refusal ? ended : { body: ended };
    },

    'task.cancel': (request) =>
      change(parts, request, 'task.cancel', () => ({
        type: 'task.cancel',
        reason: request.body.reason ?? 'cancelled',
      })),
    'task.retry': (request) => requeue(parts, request, 'task.retry'),
    'task.answer': (request) => change(parts, request, 'task.answer', () => ({ type: 'task.answer', ...request.body })),
    'task.push': (request) => change(parts, request, 'task.push', () => ({ type: 'task.push' })),
  };
}

type SubmitRequest = Pick<
  RouteRequest<'task.submit'>,
  'caller' | 'body' | 'read' | 'execute' | 'idempotencyKey' | 'traceparent'
>;

export async function submitTask(parts: TaskParts, request: SubmitRequest): Promise<Replies['task.submit'] | Refusal> {
  const { caller, body, idempotencyKey, traceparent, execute } = request;
  const refusal = parts.refuseSubmission() ?? refuseRepository(caller.repositories, body.repo?.url);
  if (refusal !== undefined) return refusal;
  const hidden = await refuseParents(request);
  if (hidden !== undefined) return hidden;
  const texts = new BodyWriter(parts.bodies);
  try {
    const command = await submitCommand(body, caller.org, caller.by, idempotencyKey, texts);
    if (command instanceof Refusal) return command;
    const ownParents = reachOf(caller, 'tasks.submit') === 'own';
    const traced = traceparent === undefined ? command : { ...command, traceparent };
    const { repositories } = caller;
    const asked = { ...traced, ...(ownParents && { ownParents }), ...(repositories !== undefined && { repositories }) };
    return await submitWithParents(asked, parts.archived, execute);
  } finally {
    texts.release();
  }
}

function needsIfNot({ query }: RouteRequest<'task.show'>): Refusal | undefined {
  if (query.waitSeconds === undefined) return undefined;
  const details = [{ path: '/waitSeconds', message: 'needs `ifNot`, the last known state' }];
  return new Refusal('request.invalid', 'the query is not valid', details);
}

/** Until the task is in another state than the one that is known, or the time is over. */
async function waitFor(
  { waits, waiting, now }: TaskParts,
  { caller, path, query, read, onOver }: RouteRequest<'task.show'>,
): Promise<Refusal | undefined> {
  const until = now() + (query.waitSeconds ?? LIMITS.waitSeconds) * 1_000;
  const waiter = waits.begin(path.id);
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    waiter.wake();
  };
  // Whoever has to give way is told how the task is, and waits anew.
  const leave = waiting.take(caller, stop);
  if (leave instanceof Refusal) {
    waiter.end();
    return leave;
  }
  const forget = onOver(stop);
  try {
    for (;;) {
      const state = await read((view) => view.task(path.id)?.state);
      if (state instanceof Refusal) return state;
      if (state !== query.ifNot || isOver || waits.stopping.aborted || now() >= until) return undefined;
      await waiter.next(until - now());
    }
  } finally {
    forget();
    waiter.end();
    leave();
  }
}

/** Puts a task back into the queue with fresh attempts, and with what is to be different. */
export async function requeue(
  parts: TaskParts,
  request: RequeueRequest,
  type: 'task.retry' | 'dead.requeue',
): Promise<RouteReply | Refusal> {
  const texts = new BodyWriter(parts.bodies);
  try {
    return await change(parts, request, type, async (spec) => {
      const options = await requeueOptions(request.body, spec, parts.bodies, texts);
      if (options instanceof Refusal) return options;
      const { repositories } = request.caller;
      return { type, ...options, ...(repositories !== undefined && { repositories }) };
    });
  } finally {
    texts.release();
  }
}

/** Decides about a task that the caller may see, and answers with the task as it then is. */
export async function change(
  parts: TaskParts,
  request: ChangeRequest,
  type: ChangeType,
  ask: (spec: StoredSpec) => Change | Refusal | Promise<Change | Refusal>,
): Promise<RouteReply | Refusal> {
  const { caller, path, read, execute } = request;
  const spec = await read((view) => view.task(path.id)?.spec);
  if (spec instanceof Refusal) return spec;
  const on = { org: caller.org, task: path.id, by: caller.by };
  const command = spec === undefined ? noSuchTask(path.id) : await ask(spec);
  const done = command instanceof Refusal ? command : await execute({ ...command, ...on });
  if (done instanceof Refusal) {
    if (done.code !== 'task.not_found') return done;
    // It may have left memory, also since it was looked for.
    const archived = await archivedTask(parts, request, path.id);
    return archived instanceof Refusal ? archived : refusedWhenFinal[type](archived);
  }
  const body = await shown(parts, request, path.id);
  return body instanceof Refusal ? body : { body };
}

/** A task in the archive is refused what it would be refused in memory. */
const refusedWhenFinal: { readonly [T in ChangeType]: (task: Pick<TaskView, 'state'>) => Refusal } = {
  'task.cancel': alreadyFinal,
  'task.answer': alreadyFinal,
  'task.retry': notRetryable,
  'task.push': notDead,
  'dead.requeue': notDead,
  'dead.discard': notDead,
};

export async function archivedTask(
  parts: Pick<TaskParts, 'archived'>,
  { caller, read }: ShowRequest,
  id: string,
): Promise<TaskView | Refusal> {
  const task = await parts.archived(caller.org, id);
  return read((view) => (task && view.archived(task)) ?? noSuchTask(id));
}

export async function showTask(parts: TaskParts, request: ShowRequest, id: string): Promise<TaskView | Refusal> {
  const view = await request.read((seen) => seen.taskView(id));
  if (view instanceof Refusal) return view;
  return view === undefined ? archivedTask(parts, request, id) : filledTask(parts.bodies, view);
}

/** After a change: whoever is refused the sight of it must not take it for undone. */
async function shown(parts: TaskParts, request: ShowRequest, id: string): Promise<TaskView | Refusal> {
  const task = await showTask(parts, request, id);
  if (!(task instanceof Refusal)) return task;
  const message = `task ${id} was changed, but cannot be shown right now: ${task.message}`;
  return new Refusal('hub.outcome_unknown', message, [], task.retryAfterMs);
}

/** Where that is not known now, the task is submitted all the same. */
async function over({ read }: SubmitRequest, id: string): Promise<{ readonly overLimits?: OverLimit[] }> {
  const limits = await read((view) => view.overLimits(id));
  return limits instanceof Refusal || limits.length === 0 ? {} : { overLimits: limits };
}

export function noSuchTask(id: string): Refusal {
  return new Refusal('task.not_found', `task ${id} not found`);
}
