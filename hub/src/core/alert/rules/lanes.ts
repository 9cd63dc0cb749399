// What waits in each lane of an organisation's queue: counted in one pass over all that is wanted, for whichever rules ask.

import { type AlertRulesConfig, LANES, type Lane } from '@agentcom/schemas';
import type { LaneQueue, TaskQueue } from '../../task/lane-queue.js';
import type { Task } from '../../task/task.js';
import { CONDITION_SUBJECTS } from '../condition.js';
import { Lowest } from './lowest.js';
import type { OrgLook } from './rule.js';

export interface LaneCount {
  readonly lane: Lane;
  /** For how long a task of it may wait. */
  readonly limitMs: number;
  readonly depth: number;
  /** Of those that have waited longer and that a connected agent could have. */
  readonly late: Late | undefined;
}

export interface Late {
  readonly oldest: Task;
  readonly first: readonly Task[];
  readonly count: number;
}

/** In the order of `LANES`. */
export function countLanes(look: Pick<OrgLook, 'state' | 'org' | 'now' | 'rules' | 'servables'>): LaneCount[] {
  const { state, org, now, rules, servables } = look;
  const counts = LANES.map((lane) => {
    const limitMs = waitLimitMs(rules.QueueWaitHigh, lane);
    return { lane, limitMs, by: now - limitMs, depth: 0, late: 0, queues: new Lowest<TaskQueue>(CONDITION_SUBJECTS) };
  });
  for (const demand of state.matching.demands(org)) {
    let left = demand.size;
    for (let i = 0; left > 0 && i < counts.length; i++) {
      const queue = demand.lanes[i] as LaneQueue;
      const count = counts[i] as (typeof counts)[number];
      if (queue.size === 0) continue;
      left -= queue.size;
      count.depth += queue.size;
      if (!isLate(queue, count.by)) continue;
      for (const part of servables.of(demand)?.(queue) ?? [queue]) {
        if (!isLate(part, count.by)) continue;
        count.late += part.countQueuedBy(count.by);
        count.queues.add(part.oldest.queuedAt, part);
      }
    }
  }
  return counts.map(({ lane, limitMs, by, depth, late, queues }) => {
    const first = oldestOf(queues.items, CONDITION_SUBJECTS).filter(({ queuedAt }) => queuedAt <= by);
    const [oldest] = first;
    return { lane, limitMs, depth, late: oldest && { oldest, first, count: late } };
  });
}

function isLate(queue: TaskQueue, by: number): queue is TaskQueue & { readonly oldest: Task } {
  return queue.oldest !== undefined && queue.oldest.queuedAt <= by;
}

function waitLimitMs(config: AlertRulesConfig['QueueWaitHigh'], lane: Lane): number {
  return config[`${lane}Seconds`] * 1000;
}

/** The oldest of several queues; none of them is in one behind `max` whose first is older. */
export function oldestOf(queues: readonly TaskQueue[], max: number): Task[] {
  const tasks = new Lowest<Task>(max);
  for (const queue of queues) {
    let taken = 0;
    for (const task of queue.oldestFirst()) {
      if (taken++ === max) break;
      tasks.add(task.queuedAt, task);
    }
  }
  return tasks.items;
}
