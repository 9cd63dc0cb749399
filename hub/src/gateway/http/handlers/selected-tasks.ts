// Which tasks a change of many is about: the oldest that match, a bounded number looked at in each turn of the event loop.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { LANES } from '@agentcom/schemas';
import type { View } from '../../../access/view.js';
import { Refusal } from '../../../core/refusal.js';
import { LOOKED_AT_MAX } from '../../../core/task/list-tasks.js';
import type { Task } from '../../../core/task/task.js';

export type WantedTasks = Parameters<View['taskPage']>[0];

/** As the caller sees the state. */
export type Look = <T>(look: (view: View) => T) => Promise<T | Refusal>;

/** A task as it was when it was selected. */
export type SelectedTask = Pick<Task, 'id' | 'generation' | 'spec' | 'createdAt'>;

interface Selected {
  readonly tasks: SelectedTask[];
  /** What was counted at the first look. */
  readonly counted: number | undefined;
}

/** Until more than `enough` are found or there are no more; `count` is asked at the first look. */
export async function selectTasks(
  read: Look,
  wanted: WantedTasks,
  enough: number,
  count: (view: View) => number | undefined = () => undefined,
): Promise<Selected | Refusal> {
  const oldest = { ...wanted, oldestFirst: true };
  const tasks: SelectedTask[] = [];
  let counted: number | undefined;
  for (let cursor: string | undefined; ; await nextTurn()) {
    const isFirst = cursor === undefined;
    const page = await read((view) => {
      const { tasks: found, nextCursor } = view.taskPage(oldest, LOOKED_AT_MAX, cursor);
      return { found: found.map(selectedTask), nextCursor, all: isFirst ? count(view) : undefined };
    });
    if (page instanceof Refusal) return page;
    counted ??= page.all;
    tasks.push(...page.found);
    cursor = page.nextCursor;
    if (cursor === undefined || tasks.length > enough) return { tasks, counted };
  }
}

export function selectedTask({ id, generation, spec, createdAt }: Task): SelectedTask {
  return { id, generation, spec, createdAt };
}

/** An agent that is idle gets what comes first in the queue, not what died last. */
export function inQueueOrder(a: SelectedTask, b: SelectedTask): number {
  return LANES.indexOf(a.spec.lane) - LANES.indexOf(b.spec.lane) || a.createdAt - b.createdAt;
}
