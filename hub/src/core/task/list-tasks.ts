// Pages of tasks, newest first, by the indexes: a page costs what it shows, however many tasks there are. Only filters that no index knows
// (lane, agent, label, words of the title) look at tasks that are not shown.

import { type Lane, TASK_STATES, type TaskState } from '@agentcom/schemas';
import type { OrderedList } from '../ordered-list.js';
import type { State } from '../state.js';
import { agentOfTask, type Task } from './task.js';

export interface TaskFilter {
  readonly org: string;
  /** Only what this key or agent submitted. */
  readonly by?: string | undefined;
  readonly states?: readonly TaskState[] | undefined;
  readonly lanes?: readonly Lane[] | undefined;
  /** Who holds it, or had it last. */
  readonly agent?: string | undefined;
  /** Whatever else is asked of a task. */
  readonly accepts?: ((task: Task) => boolean) | undefined;
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** The id behind which the next page begins; absent on the last page. */
  readonly nextCursor?: string;
}

/** `cursor` is the last id of the page before; its task may have gone since. */
export function listTasks(state: State, filter: TaskFilter, limit: number, cursor?: string): TaskPage {
  const tasks: Task[] = [];
  for (const task of matchingTasks(state, filter, cursor)) {
    if (tasks.length === limit) return { tasks, nextCursor: (tasks.at(-1) as Task).id };
    tasks.push(task);
  }
  return { tasks };
}

/** All that match, newest first; the state must not change on the way. */
export function* matchingTasks(state: State, filter: TaskFilter, cursor?: string): Iterable<Task> {
  const isBehind = behind(state, cursor);
  const states = new Set(filter.states ?? TASK_STATES);
  for (const task of newestFirst(listsFor(state, filter, states), isBehind)) {
    if (filter.by !== undefined && task.by !== filter.by) continue;
    if (!states.has(task.state)) continue;
    if (filter.lanes !== undefined && !filter.lanes.includes(task.spec.lane)) continue;
    if (filter.agent !== undefined && agentOfTask(task) !== filter.agent) continue;
    if (filter.accepts === undefined || filter.accepts(task)) yield task;
  }
}

/** Those of one submitter, or those of the states, whichever are fewer. */
function listsFor(state: State, { org, by }: TaskFilter, states: ReadonlySet<TaskState>): OrderedList<Task>[] {
  const byState = [...states].flatMap((name) => state.taskIndex.ofState(org, name) ?? []);
  if (by === undefined) return byState;
  const own = state.taskIndex.ofSubmitter(org, by);
  if (own === undefined) return [];
  return own.size <= byState.reduce((sum, list) => sum + list.size, 0) ? [own] : byState;
}

/** Ids grow with time, so the place of a task that has gone is known by its id. */
function behind(state: State, cursor: string | undefined): ((task: Task) => boolean) | undefined {
  if (cursor === undefined) return undefined;
  const last = state.tasks.get(cursor);
  return last === undefined ? (task) => task.id < cursor : (task) => task.order < last.order;
}

/** One run over several lists, each in its own order. */
function* newestFirst(
  lists: readonly OrderedList<Task>[],
  isBehind: ((task: Task) => boolean) | undefined,
): Iterable<Task> {
  const runs = lists.map((list) => list.descending(isBehind)[Symbol.iterator]());
  const heads = runs.map((run) => run.next());
  for (;;) {
    let newest = -1;
    for (const [i, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = heads[newest];
      if (best === undefined || best.done === true || head.value.order > best.value.order) newest = i;
    }
    const head = heads[newest];
    if (head === undefined || head.done === true) return;
    yield head.value;
    heads[newest] = (runs[newest] as Iterator<Task>).next();
  }
}
