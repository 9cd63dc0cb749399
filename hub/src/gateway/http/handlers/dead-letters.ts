// The routes about dead letters: tasks that wait for an operator to requeue or discard them.

import { type DeadLetter, type DeadLetterFilter, LIMITS } from '@agentcom/schemas';
import { callerName } from '../../../access/authenticate.js';
import type { View } from '../../../access/view.js';
import { Refusal } from '../../../core/decision.js';
import { iso } from '../../../core/iso.js';
import type { Task } from '../../../core/task/task.js';
import { taskSummary } from '../../../core/task/view.js';
import type { Handlers } from '../handler.js';
import { labelsMatch } from '../labels.js';
import { change, type TaskParts } from './tasks.js';

/** Dead letters requeued in one request; the answer says how many are left. */
const BULK = 1_000;

type DeadLetterHandlers = Pick<Handlers, 'dead.list' | 'dead.requeue' | 'dead.discard' | 'dead.requeueMany'>;

export function deadLetterHandlers(parts: TaskParts): DeadLetterHandlers {
  return {
    'dead.list': async ({ read, query }) => {
      const { limit = LIMITS.pageItemsDefault, cursor, ...filter } = query;
      const body = await read((view) => {
        const { tasks, nextCursor = null } = view.taskPage(deadLetters(filter), limit, cursor);
        return { items: tasks.map(deadLetter), nextCursor };
      });
      return body instanceof Refusal ? body : { body };
    },

    'dead.requeue': (request) => change(parts, request, { type: 'dead.requeue' }),
    'dead.discard': (request) =>
      change(parts, request, { type: 'dead.discard', reason: request.body.reason ?? 'discarded' }),

    'dead.requeueMany': async ({ caller, body, read, execute }) => {
      const matching = await read((view) => Array.from(view.tasks(deadLetters(body)), ({ id }) => id));
      if (matching instanceof Refusal) return matching;
      const by = callerName(caller);
      const outcomes = await Promise.all(
        matching.slice(0, BULK).map((task) => execute({ type: 'dead.requeue', org: caller.org, task, by })),
      );
      const requeued = outcomes.filter((outcome) => !(outcome instanceof Refusal)).length;
      const [first] = outcomes;
      if (requeued === 0 && first instanceof Refusal) return first;
      return { body: { requeued, remaining: matching.length - requeued } };
    },
  };
}

function deadLetters(filter: DeadLetterFilter): Parameters<View['taskPage']>[0] {
  const accepts = (task: Task): boolean => {
    const error = task.attemptLog?.at(-1)?.error;
    if (filter.death !== undefined && task.death !== filter.death) return false;
    if (filter.class !== undefined && error?.class !== filter.class) return false;
    if (filter.code !== undefined && error?.code !== filter.code) return false;
    return filter.label === undefined || labelsMatch(task.spec.labels, filter.label);
  };
  return { states: ['dead'], lanes: filter.lane === undefined ? undefined : [filter.lane], accepts };
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
