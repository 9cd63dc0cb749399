// Pages of tasks, in the order of time, by the indexes: a page costs what it shows, however many tasks there are. Only filters that no index knows
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
  /** Submitted at this time or earlier, ms. */
  readonly until?: number | undefined;
  /** Whatever else is asked of a task. */
  readonly accepts?: ((task: Task) => boolean) | undefined;
  /** The newest come first otherwise. */
  readonly oldestFirst?: boolean | undefined;
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** The id behind which the next page begins; absent on the last page. A page that has one may be short, or empty. */
  readonly nextCursor?: string;
  /** The task at `nextCursor`: how far was looked. */
  readonly lookedTo?: Pick<Task, 'id' | 'createdAt'>;
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
    if (looked++ === LOOKED_AT_MAX && last !== undefined) return { tasks, ...endAt(last) };
    if (matches(task)) {
      if (tasks.length === limit) return { tasks, ...endAt(tasks.at(-1) as Task) };
      tasks.push(task);
    }
    last = task;
  }
  return { tasks };
}

function endAt({ id, createdAt }: Task): Omit<TaskPage, 'tasks'> {
  return { nextCursor: id, lookedTo: { id, createdAt } };
}

/** All that match; the state must not change on the way. */
export function* matchingTasks(state: State, filter: TaskFilter): Iterable<Task> {
  const matches = matcher(filter);
  for (const task of candidates(state, filter)) if (matches(task)) yield task;
}

/** How many match, at most `most`; undefined when that is not known after a look at as many as for a page. */
export function countTasks(state: State, filter: TaskFilter, most: number): number | undefined {
  const { org, by, states, lanes, agent, since, until, accepts } = filter;
  const isOfIndex = [lanes, agent, since, until, accepts].every((asked) => asked === undefined);
  if (isOfIndex && (by === undefined || states === undefined)) {
    const lists = by === undefined ? listsFor(state, filter) : [state.taskIndex.ofSubmitter(org, by)];
    return Math.min(
      most,
      lists.reduce((sum, list) => sum + (list?.size ?? 0), 0),
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

/** Those that the indexes cannot rule out, in order. */
function* candidates(state: State, filter: TaskFilter, cursor?: string): Iterable<Task> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY, oldestFirst = false } = filter;
  const isBehind = behind(state, cursor, oldestFirst);
  const runs = listsFor(state, filter).map((list) =>
    oldestFirst
      ? list.ascending((task) => task.createdAt >= since && isBehind(task))
      : list.descending((task) => task.createdAt <= until && isBehind(task)),
  );
  for (const task of merged(runs, oldestFirst)) {
    // So are all that follow.
    if (oldestFirst ? task.createdAt > until : task.createdAt < since) return;
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

/** Whether a task comes after the cursor. Ids grow with time, so the place of a task that has gone is known by its id. */
function behind(state: State, cursor: string | undefined, oldestFirst: boolean): (task: Task) => boolean {
  if (cursor === undefined) return () => true;
  const last = state.tasks.get(cursor);
  if (last === undefined) return oldestFirst ? ({ id }) => id > cursor : ({ id }) => id < cursor;
  return oldestFirst ? ({ order }) => order > last.order : ({ order }) => order < last.order;
}

/** One run over several, each in its own order. */
function* merged(tasks: readonly Iterable<Task>[], oldestFirst: boolean): Iterable<Task> {
  const runs = tasks.map((one) => one[Symbol.iterator]());
  const heads = runs.map((run) => run.next());
  const isBefore = (a: Task, b: Task): boolean => (oldestFirst ? a.order < b.order : a.order > b.order);
  for (;;) {
    let first = -1;
    for (const [i, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = heads[first];
      if (best === undefined || best.done === true || isBefore(head.value, best.value)) first = i;
    }
    const head = heads[first];
    if (head === undefined || head.done === true) return;
    yield head.value;
    heads[first] = (runs[first] as Iterator<Task>).next();
  }
}
