// The routes about tasks.

import type { TaskListQuery, TaskView } from '@agentcom/schemas';
import { type Caller, callerName, maySee } from '../../../access/authenticate.js';
import { type Bodies, BodyWriter, filledTask } from '../../../bodies/body-writer.js';
import type { Shard } from '../../../coordinator/runner.js';
import type { Command } from '../../../core/commands.js';
import { Refusal } from '../../../core/decision.js';
import type { State } from '../../../core/state.js';
import type { Task } from '../../../core/task/task.js';
import { taskSummary, taskView, type UnfilledTask } from '../../../core/task/view.js';
import { why } from '../../../core/task/why.js';
import { submitCommand } from '../../agent/commands.js';
import { labelsMatch } from '../labels.js';
import { pageOf } from '../paging.js';
import type { Handlers } from '../server.js';

export interface TaskParts {
  readonly shard: Shard;
  readonly bodies: Bodies;
  /** A finished task that has left memory, or null. */
  readonly archived: (org: string, id: string) => Promise<TaskView | null>;
  /** Why no new task is taken just now, if so. */
  readonly refuseSubmission: () => Refusal | null;
}

type TaskHandlers = Pick<
  Handlers,
  'task.submit' | 'task.list' | 'task.show' | 'task.why' | 'task.cancel' | 'task.retry' | 'task.answer'
>;

export function taskHandlers(parts: TaskParts): TaskHandlers {
  const { shard } = parts;
  return {
    'task.submit': async ({ caller, body, idempotencyKey, source }) => {
      const refusal = parts.refuseSubmission();
      if (refusal !== null) return refusal;
      const texts = new BodyWriter(parts.bodies);
      try {
        const command = await submitCommand(body, caller.org, callerName(caller), idempotencyKey, texts);
        if (command instanceof Refusal) return command;
        const submitted = await shard.executeAnd(command, source, (state, reply) => ({
          id: reply.task,
          view: viewOf(state, reply.task),
        }));
        if (submitted instanceof Refusal) return submitted;
        const task = await fullTask(parts, caller.org, submitted.id, submitted.view);
        if (task instanceof Refusal) return task;
        return { body: task, headers: { location: `/api/v1/tasks/${submitted.id}` } };
      } finally {
        texts.release();
      }
    },

    'task.list': async ({ caller, query }) => {
      const page = await shard.read((state) => {
        const tasks = newestFirst(state).filter((task) => maySee(caller, task) && isListed(task, query));
        return pageOf(tasks, query, (task) => task.id, taskSummary);
      });
      return page instanceof Refusal ? page : { body: page };
    },

    'task.show': async ({ caller, path }) => answer(await showTask(parts, caller, path.id)),

    'task.why': async ({ caller, path }) => {
      const reasons = await shard.read((state) => {
        const task = state.tasks.get(path.id);
        return task === undefined || !maySee(caller, task) ? null : why(state, task);
      });
      if (reasons instanceof Refusal) return reasons;
      if (reasons !== null) return { body: reasons };
      const archived = await showTask(parts, caller, path.id);
      if (archived instanceof Refusal) return archived;
      return { body: { task: archived.id, state: archived.state, reasons: [] } };
    },

    'task.cancel': ({ caller, path, body, source }) =>
      change(parts, caller, source, {
        type: 'task.cancel',
        ...on(caller, path.id),
        reason: body.reason ?? 'cancelled',
      }),

    'task.retry': ({ caller, path, source }) =>
      change(parts, caller, source, { type: 'task.retry', ...on(caller, path.id) }),

    'task.answer': ({ caller, path, body, source }) =>
      change(parts, caller, source, { type: 'task.answer', ...on(caller, path.id), ...body }),
  };
}

type Change = Extract<
  Command,
  { type: 'task.cancel' | 'task.retry' | 'task.answer' | 'dead.requeue' | 'dead.discard' }
>;

/** Decides about a task that the caller may see, and answers with the task as that left it. */
export async function change(parts: TaskParts, caller: Caller, source: string, command: Change) {
  const task = parts.shard.state.tasks.get(command.task);
  if (task === undefined || !maySee(caller, task)) {
    const archived = await showTask(parts, caller, command.task);
    if (archived instanceof Refusal) return archived;
    return new Refusal('task.already_final', `the task is already ${archived.state}`);
  }
  const view = await parts.shard.executeAnd(command, source, (state) => viewOf(state, command.task));
  return view instanceof Refusal ? view : answer(await fullTask(parts, caller.org, command.task, view));
}

export function on(caller: Caller, task: string): { org: string; task: string; by: string } {
  return { org: caller.org, task, by: callerName(caller) };
}

async function showTask(parts: TaskParts, caller: Caller, id: string): Promise<TaskView | Refusal> {
  const view = await parts.shard.read((state) => viewOf(state, id));
  if (view instanceof Refusal) return view;
  const task = await fullTask(parts, caller.org, id, view);
  if (task instanceof Refusal) return task;
  return maySee(caller, { org: task.org, by: task.createdBy }) ? task : noSuchTask(id);
}

async function fullTask(
  parts: TaskParts,
  org: string,
  id: string,
  view: UnfilledTask | null,
): Promise<TaskView | Refusal> {
  if (view !== null) return filledTask(parts.bodies, view);
  return (await parts.archived(org, id)) ?? noSuchTask(id);
}

function viewOf(state: State, id: string): UnfilledTask | null {
  const task = state.tasks.get(id);
  return task === undefined ? null : taskView(task);
}

function answer(task: TaskView | Refusal) {
  return task instanceof Refusal ? task : { body: task };
}

function noSuchTask(id: string): Refusal {
  return new Refusal('task.not_found', `there is no task ${id}`);
}

export function newestFirst(state: State): Task[] {
  return [...state.tasks.values()].reverse();
}

function isListed(task: Task, query: TaskListQuery): boolean {
  const { state, lane, agent, label, q, since } = query;
  if (state !== undefined && !state.includes(task.state)) return false;
  if (lane !== undefined && !lane.includes(task.spec.lane)) return false;
  if (agent !== undefined && (task.agent ?? task.attemptLog?.at(-1)?.agent) !== agent) return false;
  if (label !== undefined && !labelsMatch(task.spec.labels, label)) return false;
  if (q !== undefined && !task.spec.title.toLowerCase().includes(q.toLowerCase())) return false;
  return since === undefined || task.createdAt >= Date.parse(since);
}
