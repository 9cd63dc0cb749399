// Pages of tasks, newest first, by the indexes: a page costs what it shows, however many tasks there are. Only filters that no index knows
// (lane, agent, label, words of the title) look at tasks that are not shown, and at so many of them at most.

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
  /** Submitted at this time or later, ms. */
  readonly since?: number | undefined;
  /** Whatever else is asked of a task. */
  readonly accepts?: ((task: Task) => boolean) | undefined;
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** The id behind which the next page begins; absent on the last page. A page that has one may be short, or empty. */
  readonly nextCursor?: string;
}

/** Tasks that one page looks at, of those that the indexes give: where few of them match the page is short, and the next one goes on. */
export const LOOKED_AT_MAX = 5_000;

/** `cursor` is where the page before ended; that task may have gone since. */
export function listTasks(state: State, filter: TaskFilter, limit: number, cursor?: string): TaskPage {
  const tasks: Task[] = [];
  const matches = matcher(filter);
  let looked = 0;
  let last: Task | undefined;
  for (const task of candidates(state, filter, cursor)) {
    // Below a full page nothing but another match says that there is more.
    if (looked++ === LOOKED_AT_MAX && last !== undefined) return { tasks, nextCursor: last.id };
    if (matches(task)) {
      if (tasks.length === limit) return { tasks, nextCursor: (tasks.at(-1) as Task).id };
      tasks.push(task);
    }
    last = task;
  }
  return { tasks };
}

/** All that match, newest first; the state must not change on the way. */
export function* matchingTasks(state: State, filter: TaskFilter): Iterable<Task> {
  const matches = matcher(filter);
  for (const task of candidates(state, filter)) if (matches(task)) yield task;
}

/** How many match, at most `most`; undefined when that is not known after a look at as many as for a page. */
export function countTasks(state: State, filter: TaskFilter, most: number): number | undefined {
  const { by, lanes, agent, since, accepts } = filter;
  if ([by, lanes, agent, since, accepts].every((asked) => asked === undefined)) {
    return Math.min(
      most,
      listsFor(state, filter).reduce((sum, list) => sum + list.size, 0),
    );
  }
  const matches = matcher(filter);
  let count = 0;
  let looked = 0;
  for (const task of candidates(state, filter)) {
    if (looked++ === LOOKED_AT_MAX) return undefined;
    if (matches(task) && ++count === most) break;
  }
  return count;
}

function matcher({ by, states, lanes, agent, accepts }: TaskFilter): (task: Task) => boolean {
  const wanted = new Set(states ?? TASK_STATES);
  return (task) =>
    (by === undefined || task.by === by) &&
    wanted.has(task.state) &&
    (lanes === undefined || lanes.includes(task.spec.lane)) &&
    (agent === undefined || agentOfTask(task) === agent) &&
    (accepts === undefined || accepts(task));
}

/** Those that the indexes cannot rule out, newest first. */
function* candidates(state: State, filter: TaskFilter, cursor?: string): Iterable<Task> {
  const { since } = filter;
  for (const task of newestFirst(listsFor(state, filter), behind(state, cursor))) {
    // All that follow are older.
    if (since !== undefined && task.createdAt < since) return;
    yield task;
  }
}

/** Those of one submitter, or those of the states, whichever are fewer. A page never ends at a task of somebody else. */
function listsFor(state: State, { org, by, states = TASK_STATES }: TaskFilter): OrderedList<Task>[] {
  const byState = [...new Set(states)].flatMap((name) => state.taskIndex.ofState(org, name) ?? []);
  if (by === undefined) return byState;
  const own = state.taskIndex.ofSubmitter(org, by);
  if (own === undefined) return [];
  const inStates = byState.reduce((sum, list) => sum + list.size, 0);
  return own.size <= inStates || inStates > LOOKED_AT_MAX ? [own] : byState;
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
