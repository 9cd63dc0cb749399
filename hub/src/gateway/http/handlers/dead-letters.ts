// The routes about dead letters: tasks that wait for an operator to requeue or discard them.

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterQuery,
  LANES,
  LIMITS,
  type RequeueBody,
} from '@agentcom/schemas';
import type { View } from '../../../access/view.js';
import { BodyWriter } from '../../../bodies/body-writer.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import { LOOKED_AT_MAX } from '../../../core/task/list-tasks.js';
import type { Task } from '../../../core/task/task.js';
import { taskSummary } from '../../../core/task/view.js';
import type { Handlers, RouteRequest } from '../handler.js';
import { changesAndFilter, requeueOptions } from './requeue.js';
import { wantedTasks } from './task-list.js';
import { change, requeue, type TaskParts } from './tasks.js';

/** Dead letters requeued in one request; the answer says how many are left. */
const BULK = 1_000;
/** Requeued at once: each may hold two long texts. */
const AT_ONCE = 50;

type Letter = Pick<Task, 'id' | 'spec' | 'createdAt'>;

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
      const found = await findOldest(request, filter, parts.now());
      if (found instanceof Refusal) return found;
      const next = found.letters.sort(inQueueOrder).slice(0, BULK);
      const outcomes: unknown[] = [];
      for (let at = 0; at < next.length; at += AT_ONCE) {
        const some = next.slice(at, at + AT_ONCE);
        outcomes.push(...(await Promise.all(some.map((letter) => requeueOne(parts, request, letter, changes)))));
      }
      const requeued = outcomes.filter((outcome) => !(outcome instanceof Refusal)).length;
      const [first] = outcomes;
      if (requeued === 0 && first instanceof Refusal) return first;
      return { body: { requeued, remaining: found.count - requeued } };
    },
  };
}

/**
 * Looks at a bounded number in each turn of the event loop, until it has found more than are requeued at once or there are no more. `count` is
 * exact without a filter and at the end of the list; otherwise at least so many match.
 */
async function findOldest(
  { caller, read }: Pick<RouteRequest<'dead.requeueMany'>, 'caller' | 'read'>,
  filter: DeadLetterFilter,
  now: number,
): Promise<{ readonly letters: Letter[]; readonly count: number } | Refusal> {
  const asked = deadLetters(filter, { me: caller.by, now });
  if (asked instanceof Refusal) return asked;
  const wanted = { ...asked, oldestFirst: true };
  const isUnfiltered = Object.keys(filter).length === 0;
  const letters: Letter[] = [];
  for (let cursor: string | undefined; ; await nextTurn()) {
    const page = await read((view) => {
      const { tasks, nextCursor } = view.taskPage(wanted, LOOKED_AT_MAX, cursor);
      const found = tasks.map(({ id, spec, createdAt }) => ({ id, spec, createdAt }));
      return { found, nextCursor, all: isUnfiltered ? view.taskCount(wanted, Number.MAX_SAFE_INTEGER) : undefined };
    });
    if (page instanceof Refusal) return page;
    letters.push(...page.found);
    cursor = page.nextCursor;
    if (cursor === undefined || letters.length > BULK) return { letters, count: page.all ?? letters.length };
  }
}

/** An agent that is idle gets what comes first in the queue, not what died last. */
function inQueueOrder(a: Letter, b: Letter): number {
  return LANES.indexOf(a.spec.lane) - LANES.indexOf(b.spec.lane) || a.createdAt - b.createdAt;
}

async function requeueOne(
  { bodies }: TaskParts,
  { caller, execute }: RouteRequest<'dead.requeueMany'>,
  { id: task, spec }: Letter,
  wanted: RequeueBody,
): Promise<Record<never, never> | Refusal> {
  const texts = new BodyWriter(bodies);
  try {
    const options = await requeueOptions(wanted, spec, bodies, texts);
    if (options instanceof Refusal) return options;
    return await execute({ type: 'dead.requeue', org: caller.org, task, by: caller.by, ...options });
  } finally {
    texts.release();
  }
}

function deadLetters(
  {
    death,
    class: failureClass,
    code,
    ...filter
  }: DeadLetterFilter | Omit<DeadLetterQuery, 'limit' | 'cursor' | 'count'>,
  asker: { readonly me: string; readonly now: number },
): Parameters<View['taskPage']>[0] | Refusal {
  const accepts = (task: Task): boolean => {
    const error = task.attemptLog?.at(-1)?.error;
    if (death !== undefined && task.death !== death) return false;
    if (failureClass !== undefined && error?.class !== failureClass) return false;
    return code === undefined || error?.code === code;
  };
  const isAsked = [death, failureClass, code].some((asked) => asked !== undefined);
  const wanted = wantedTasks('dead-letters', filter, asker, isAsked ? accepts : undefined);
  return wanted instanceof Refusal ? wanted : { ...wanted, states: ['dead'] };
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
