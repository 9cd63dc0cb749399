// The routes about dead letters: tasks that wait for an operator to requeue or discard them.

import { type DeadLetter, type DeadLetterFilter, type DeadLetterQuery, LIMITS } from '@agentcom/schemas';
import type { View } from '../../../access/view.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { Task } from '../../../core/task/task.js';
import { taskSummary } from '../../../core/task/view.js';
import type { Handlers } from '../handler.js';
import { changesAndFilter, requeueOne } from './requeue.js';
import { inQueueOrder, type SelectedTask, selectTasks } from './selected-tasks.js';
import { wantedTasks } from './task-list.js';
import { change, requeue, type TaskParts } from './tasks.js';

/** Dead letters requeued in one request; the answer says how many are left. */
const BULK = 1_000;
/** Requeued at once: each may hold two long texts. */
const AT_ONCE = 50;

type DeadLetterHandlers = Pick<Handlers, 'dead.list' | 'dead.requeue' | 'dead.discard' | 'dead.requeueMany'>;

export function deadLetterHandlers(parts: TaskParts): DeadLetterHandlers {
  return {
    'dead.list': async ({ caller, read, query }) => {
      const { limit = LIMITS.pageItemsDefault, cursor, count, ...filter } = query;
      const wanted = deadLetters(filter, { me: caller.by, now: parts.now() });
      if (wanted instanceof Refusal) return wanted;
      const body = await read((view) => {
        const { tasks, nextCursor = null } = view.taskPage(wanted, limit, cursor);
        const counted = count === '1' ? view.taskCounted(wanted, LIMITS.countedTasks) : {};
        return { items: tasks.map(deadLetter), nextCursor, ...counted };
      });
      return body instanceof Refusal ? body : { body };
    },

    'dead.requeue': (request) => requeue(parts, request, 'dead.requeue'),
    'dead.discard': (request) =>
      change(parts, request, 'dead.discard', () => ({
        type: 'dead.discard',
        reason: request.body.reason ?? 'discarded',
      })),

    'dead.requeueMany': async (request) => {
      const { changes, filter } = changesAndFilter(request.body);
      const { caller, read, execute } = request;
      const wanted = deadLetters(filter, { me: caller.by, now: parts.now() });
      if (wanted instanceof Refusal) return wanted;
      // Exact without a filter and at the end of the list; otherwise at least so many match.
      const isUnfiltered = Object.keys(filter).length === 0;
      const countAll = (view: View) => (isUnfiltered ? view.taskCount(wanted, Number.MAX_SAFE_INTEGER) : undefined);
      const found = await selectTasks(read, wanted, BULK, countAll);
      if (found instanceof Refusal) return found;
      const count = found.counted ?? found.tasks.length;
      const next = found.tasks.sort(inQueueOrder).slice(0, BULK);
      const outcomes: unknown[] = [];
      for (let at = 0; at < next.length; at += AT_ONCE) {
        const some = next.slice(at, at + AT_ONCE);
        const requeueOf = ({ id: task, spec }: SelectedTask) =>
          requeueOne(
            parts.bodies,
            execute,
            { type: 'dead.requeue', org: caller.org, by: caller.by, task },
            spec,
            changes,
          );
        outcomes.push(...(await Promise.all(some.map(requeueOf))));
      }
      const requeued = outcomes.filter((outcome) => !(outcome instanceof Refusal)).length;
      const [first] = outcomes;
      if (requeued === 0 && first instanceof Refusal) return first;
      return { body: { requeued, remaining: count - requeued } };
    },
  };
}

function deadLetters(
  filter: DeadLetterFilter | Omit<DeadLetterQuery, 'limit' | 'cursor' | 'count'>,
  asker: { readonly me: string; readonly now: number },
): Parameters<View['taskPage']>[0] | Refusal {
  const wanted = wantedTasks('dead-letters', filter, asker, endTest(filter));
  return wanted instanceof Refusal ? wanted : { ...wanted, states: ['dead'] };
}

/** Whether a task ended so; undefined where nothing of it is asked. */
export function endTest({
  death,
  class: failureClass,
  code,
}: Pick<DeadLetterFilter, 'death' | 'class' | 'code'>): ((task: Task) => boolean) | undefined {
  if ([death, failureClass, code].every((asked) => asked === undefined)) return undefined;
  return (task) => {
    const error = task.attemptLog?.at(-1)?.error;
    if (death !== undefined && task.death !== death) return false;
    if (failureClass !== undefined && error?.class !== failureClass) return false;
    return code === undefined || error?.code === code;
  };
}

function deadLetter(task: Task): DeadLetter {
  const error = task.attemptLog?.at(-1)?.error;
  return {
    ...taskSummary(task),
    death: task.death ?? 'permanent',
    diedAt: iso(task.history?.findLast((entry) => entry.event === 'dead')?.at ?? task.createdAt),
    ...(error !== undefined && { error }),
  };
}
