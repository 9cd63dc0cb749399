// What is asked of a task and holds already is no failure: the same command may be given twice.

import type { TaskState, TaskView } from '@agentcom/schemas';
import type { HubClient } from './client.js';
import { CommandError } from './exit.js';

/** How the hub refuses a change of a task that is in another state. */
const OTHER_STATE: ReadonlySet<string> = new Set(['task.already_final', 'task.not_dead', 'task.not_retryable']);

export interface Changed {
  readonly task: TaskView;
  /** It was in a wanted state before. */
  readonly already: boolean;
}

/** Makes the change; one that is refused because the task is in one of the `wanted` states was not needed. */
export async function changedOrAlready(
  client: HubClient,
  id: string,
  wanted: readonly TaskState[],
  change: () => Promise<TaskView>,
): Promise<Changed> {
  try {
    return { task: await change(), already: false };
  } catch (error) {
    if (!(error instanceof CommandError) || !OTHER_STATE.has(error.code)) throw error;
    const task = await client.call('task.show', { path: { id } }).catch(() => undefined);
    if (task === undefined || !wanted.includes(task.state)) throw error;
    return { task, already: true };
  }
}

/** `Task ID is cancelled.`, or that it was before. */
export function changedText({ task, already }: Changed): string {
  return `Task ${task.id} ${already ? 'was already' : 'is'} ${task.state}.`;
}
