// The routes about dead letters: tasks that wait for an operator to requeue or discard them.

import type { DeadLetter, DeadLetterFilter } from '@agentcom/schemas';
import { callerName } from '../../../access/authenticate.js';
import { Refusal } from '../../../core/decision.js';
import { iso } from '../../../core/iso.js';
import type { State } from '../../../core/state.js';
import { historyOf } from '../../../core/task/history.js';
import type { Task } from '../../../core/task/task.js';
import { taskSummary } from '../../../core/task/view.js';
import { labelsMatch } from '../labels.js';
import { pageOf } from '../paging.js';
import type { Handlers } from '../server.js';
import { change, newestFirst, on, type TaskParts } from './tasks.js';

/** Dead letters requeued in one request; the answer says how many are left. */
const BULK = 1_000;

type DeadLetterHandlers = Pick<Handlers, 'dead.list' | 'dead.requeue' | 'dead.discard' | 'dead.requeueMany'>;

export function deadLetterHandlers(parts: TaskParts): DeadLetterHandlers {
  const { shard } = parts;
  return {
    'dead.list': async ({ caller, query }) => {
      const page = await shard.read((state) => {
        const { limit: _limit, cursor: _cursor, ...filter } = query;
        return pageOf(deadLetters(state, caller.org, filter), query, (task) => task.id, deadLetter);
      });
      return page instanceof Refusal ? page : { body: page };
    },

    'dead.requeue': ({ caller, path, source }) =>
      change(parts, caller, source, { type: 'dead.requeue', ...on(caller, path.id) }),

    'dead.discard': ({ caller, path, body, source }) =>
      change(parts, caller, source, {
        type: 'dead.discard',
        ...on(caller, path.id),
        reason: body.reason ?? 'discarded',
      }),

    'dead.requeueMany': async ({ caller, body, source }) => {
      const matching = deadLetters(shard.state, caller.org, body);
      const by = callerName(caller);
      const outcomes = await Promise.all(
        matching
          .slice(0, BULK)
          .map((task) => shard.execute({ type: 'dead.requeue', org: caller.org, task: task.id, by }, source)),
      );
      const requeued = outcomes.filter((outcome) => !(outcome instanceof Refusal)).length;
      const [first] = outcomes;
      if (requeued === 0 && first instanceof Refusal) return first;
      return { body: { requeued, remaining: matching.length - requeued } };
    },
  };
}

function deadLetters(state: State, org: string, filter: DeadLetterFilter): Task[] {
  return newestFirst(state).filter((task) => {
    if (task.state !== 'dead' || task.org !== org) return false;
    const error = task.attemptLog?.at(-1)?.error;
    if (filter.death !== undefined && task.death !== filter.death) return false;
    if (filter.class !== undefined && error?.class !== filter.class) return false;
    if (filter.code !== undefined && error?.code !== filter.code) return false;
    if (filter.lane !== undefined && task.spec.lane !== filter.lane) return false;
    return filter.label === undefined || labelsMatch(task.spec.labels, filter.label);
  });
}

function deadLetter(task: Task): DeadLetter {
  const error = task.attemptLog?.at(-1)?.error ?? undefined;
  return {
    ...taskSummary(task),
    death: task.death ?? 'permanent',
    diedAt: iso(historyOf(task).findLast((entry) => entry.event === 'dead')?.at ?? task.createdAt),
    ...(error !== undefined && { error }),
  };
}
