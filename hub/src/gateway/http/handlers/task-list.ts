// The list of tasks, and what the filters of tasks and dead letters ask for.

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  LIMITS,
  type Matches,
  matcherOf,
  type Query,
  type QueryList,
  type Sort,
  type TaskFilterFields,
  type TaskPage,
} from '@agentcom/schemas';
import type { View } from '../../../access/view.js';
import { Refusal } from '../../../core/refusal.js';
import type { Task } from '../../../core/task/task.js';
import { indexedPart, isOfIndex, taskFacts, taskPlace } from '../../../core/task/task-facts.js';
import type { LinkSigns } from '../../../core/task/why-held.js';
import { LiveList } from '../../../live/live-list.js';
import { queryOf, sortOf } from '../asked.js';
import type { Handlers, RouteRequest } from '../handler.js';
import { labelsMatch } from '../labels.js';

type Wanted = Parameters<View['taskPage']>[0];

export interface TaskListParts {
  /** ms; the hub's own time. */
  readonly now: () => number;
  /** What the link of an agent says of it, by the agent's key. */
  readonly signsOf: (agent: string) => LinkSigns | undefined;
}

export function taskListHandlers({ now, signsOf }: TaskListParts): Pick<Handlers, 'task.list'> {
  return {
    'task.list': async (request) => {
      const { query, caller, read } = request;
      const sort = sortOf('tasks', query);
      if (sort instanceof Refusal) return sort;
      const wanted = wantedOf(query, caller.by, now());
      if (wanted instanceof Refusal) return wanted;
      const rowsOf = (view: View, tasks: readonly Task[]) => {
        const whys = view.whyInBrief(now(), signsOf);
        return { items: tasks.map((task) => whys.rowOf(task)) };
      };
      const counted = (view: View) => (query.count === '1' ? view.taskCounted(wanted, LIMITS.countedTasks) : {});
      if (sort !== undefined && sort.key !== 'age')
        return sorted(request, wanted, sort, (view, tasks) => ({ ...rowsOf(view, tasks), ...counted(view) }));
      const { limit = LIMITS.pageItemsDefault, cursor } = query;
      const ordered = { ...wanted, oldestFirst: sort?.descending === true };
      const body = await read((view) => {
        const { tasks, nextCursor = null } = view.taskPage(ordered, limit, cursor);
        return { ...rowsOf(view, tasks), nextCursor, ...counted(view) };
      });
      return body instanceof Refusal ? body : { body };
    },
  };
}

function wantedOf(query: RouteRequest<'task.list'>['query'], me: string, now: number): Wanted | Refusal {
  const { id, state } = query;
  const hasId = (part: string) => (task: Task) => task.id.startsWith(part) || task.id.endsWith(part);
  const wanted = wantedTasks('tasks', query, { me, now }, id === undefined ? undefined : hasId(id));
  if (wanted instanceof Refusal || state === undefined) return wanted;
  return {
    ...wanted,
    states: wanted.states === undefined ? state : state.filter((one) => wanted.states?.includes(one)),
  };
}

/** The first in another order than by age: everything that may match is looked at, a part in each turn of the event loop. */
async function sorted(
  { query, read }: RouteRequest<'task.list'>,
  wanted: Wanted,
  sort: Sort,
  answerOf: (view: View, tasks: readonly Task[]) => Omit<TaskPage, 'nextCursor'>,
) {
  const list = new LiveList<Task>({
    matches: () => true,
    placeOf: taskPlace(sort),
    sort,
    isInOrder: false,
    limit: query.limit ?? LIMITS.pageItemsDefault,
    countedMax: undefined,
  });
  for (;;) {
    const body = await read((view): TaskPage | undefined => {
      const look = { find: (id: string) => view.task(id), counted: () => undefined, now: 0 };
      const slice = (cursor: string | undefined, max: number) => {
        const { tasks: things, nextCursor: next } = view.taskPage(wanted, max, cursor);
        return { things, next };
      };
      list.look({ ...look, slice });
      if (list.needsLook) return undefined;
      const tasks = [...list.shown()].flatMap((id) => view.task(id) ?? []);
      return { ...answerOf(view, tasks), nextCursor: null };
    });
    if (body instanceof Refusal) return body;
    if (body !== undefined) return { body };
    await nextTurn();
  }
}

/** What is asked of tasks in whatever state, and what else `accepts` them. */
export function wantedTasks(
  list: QueryList & ('tasks' | 'dead-letters'),
  filter: TaskFilterFields,
  { me, now }: { readonly me: string; readonly now: number },
  accepts?: (task: Task) => boolean,
): Wanted | Refusal {
  const query = queryOf(list, filter.q, now);
  if (query instanceof Refusal) return query;
  const asked = [unindexed(filter), queryTest(query, me, now), accepts].filter((one) => one !== undefined);
  const indexed = query === undefined ? {} : indexedPart(query, now);
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = indexed;
  return {
    states: indexed.states,
    lanes: filter.lane,
    agent: filter.agent,
    since: finite(Math.max(since, filter.since === undefined ? since : Date.parse(filter.since))),
    until: finite(Math.min(until, filter.until === undefined ? until : Date.parse(filter.until))),
    mine: filter.mine === 'auto' ? 'auto' : filter.mine === '1',
    // Without it the index alone knows how many there are.
    accepts: asked.length === 0 ? undefined : (task) => asked.every((accept) => accept(task)),
  };
}

function finite(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}

/** Undefined where the indexes know all that the query asks for. */
function queryTest(query: Query | undefined, me: string, now: number): ((task: Task) => boolean) | undefined {
  if (query === undefined || isOfIndex(query)) return undefined;
  const matches: Matches<Task> = matcherOf(query, taskFacts(me));
  return (task) => matches(task, now);
}

/** What no index knows; undefined when nothing of it is asked. */
function unindexed({ label, repo }: TaskFilterFields): ((task: Task) => boolean) | undefined {
  if (label === undefined && repo === undefined) return undefined;
  const address = repo?.toLowerCase();
  return ({ spec }) =>
    (label === undefined || labelsMatch(spec.labels, label)) &&
    (address === undefined || spec.repo?.url.toLowerCase().includes(address) === true);
}
