// What waits in each lane of an organisation's queue: counted in one pass over all that is wanted, for whichever rules ask.

import { type AlertRulesConfig, LANES, type Lane } from '@agentcom/schemas';
import type { LaneQueue } from '../../task/lane-queue.js';
import type { Task } from '../../task/task.js';
import { CONDITION_SUBJECTS } from '../condition.js';
import { Lowest } from './lowest.js';
import type { OrgLook } from './rule.js';
import { kindsFor, Looks, unservable } from './servable.js';

export interface LaneCount {
  readonly lane: Lane;
  /** For how long a task of it may wait. */
  readonly limitMs: number;
  readonly depth: number;
  /** Of those that have waited longer. */
  readonly late: Late | undefined;
}

export interface Late {
  readonly oldest: Task;
  readonly first: readonly Task[];
  readonly count: number;
  /** No connected agent can have any of them. */
  readonly isUnservable: boolean;
}

/** In the order of `LANES`. */
export function countLanes(look: Pick<OrgLook, 'state' | 'org' | 'now' | 'rules' | 'census'>): LaneCount[] {
  const { state, org, now, rules } = look;
  const counts = LANES.map((lane) => {
    const limitMs = waitLimitMs(rules.QueueWaitHigh, lane);
    const queues = new Lowest<LaneQueue>(CONDITION_SUBJECTS);
    return { lane, limitMs, by: now - limitMs, depth: 0, late: 0, queues, isUnservable: true, looks: new Looks(0) };
  });
  for (const demand of state.matching.demands(org)) {
    let left = demand.size;
    for (let i = 0; left > 0 && i < counts.length; i++) {
      const queue = demand.lanes[i] as LaneQueue;
      const count = counts[i] as (typeof counts)[number];
      const { oldest } = queue;
      if (oldest === undefined) continue;
      left -= queue.size;
      count.depth += queue.size;
      if (oldest.queuedAt > count.by) continue;
      count.late += queue.countQueuedBy(count.by);
      count.queues.add(oldest.queuedAt, queue);
      count.isUnservable &&= unservable(demand, kindsFor(look, demand), count.looks) === demand.size;
    }
  }
  return counts.map(({ lane, limitMs, by, depth, late, queues, isUnservable }) => {
    const first = oldestOf(queues.items, CONDITION_SUBJECTS).filter(({ queuedAt }) => queuedAt <= by);
    const [oldest] = first;
    return { lane, limitMs, depth, late: oldest && { oldest, first, count: late, isUnservable } };
  });
}

function waitLimitMs(config: AlertRulesConfig['QueueWaitHigh'], lane: Lane): number {
  return config[`${lane}Seconds`] * 1000;
}

/** The oldest of several queues; none of them is in one behind `max` whose first is older. */
export function oldestOf(queues: readonly LaneQueue[], max: number): Task[] {
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
