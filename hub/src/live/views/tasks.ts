// Tasks that match a query.

import { dependsOnTime, LIMITS, matcherOf, type Query, type Sort } from '@agentcom/schemas';
import type { View } from '../../access/view.js';
import type { Task } from '../../core/task/task.js';
import { indexedPart, isOfIndex, placeOfAge, taskFacts, taskPlace } from '../../core/task/task-facts.js';
import { ListSource } from '../list-source.js';
import type { LiveSource } from '../source.js';
import type { TaskRows } from '../task-rows.js';

/** How often it is looked at whether time alone has made a difference, and whether tasks wait for something else than before, ms. */
const AGAIN_MS = 2_000;

export interface TasksAsked {
  readonly query: Query;
  readonly sort: Sort;
  readonly limit: number;
  /** As histories name the caller. */
  readonly me: string;
  readonly rows: Pick<TaskRows, 'textOf' | 'signOf'>;
}

export function tasksSource({ query, sort, limit, me, rows }: TasksAsked): LiveSource {
  const matches = matcherOf(query, taskFacts(me));
  const isTimed = dependsOnTime(query);
  const isCounted = isOfIndex(query);
  const oldestFirst = sort.key === 'age' && sort.descending;
  return new ListSource<Task>({
    topics: ['task'],
    limit,
    sort,
    isInOrder: sort.key === 'age',
    showsParts: true,
    countedMax: isCounted ? undefined : LIMITS.countedTasks,
    againMs: isTimed ? AGAIN_MS : undefined,
    isResumable: !isTimed,
    changed: ({ pending }) => pending.tasks,
    lookOf: ({ view, now }) => {
      const wanted = { ...indexedPart(query, now), oldestFirst };
      return {
        now,
        find: (id) => view.task(id),
        counted: () => (isCounted && view.seesAllTasks ? view.taskCount(wanted, Number.MAX_SAFE_INTEGER) : undefined),
        slice: (cursor, max) => sliceOf(view, wanted, cursor, max),
      };
    },
    matches,
    placeOf: taskPlace(sort),
    textOf: (task) => rows.textOf(task),
    signs: { everyMs: AGAIN_MS, of: (task) => rows.signOf(task) },
  });
}

function sliceOf(view: View, wanted: Parameters<View['taskPage']>[0], cursor: string | undefined, max: number) {
  const { tasks: things, nextCursor: next, lookedTo } = view.taskPage(wanted, max, cursor);
  return { things, next, upTo: lookedTo && { id: lookedTo.id, place: placeOfAge(lookedTo) } };
}
