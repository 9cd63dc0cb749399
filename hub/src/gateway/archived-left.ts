// What a sidecar says that an attempt has left, when its task has left memory meanwhile: it is written into the archive.

import type { TaskView } from '@agentcom/schemas';
import type { CommandOf } from '../core/commands.js';
import { ownLeft } from '../core/task/own-work.js';
import type { FindArchived } from './archived-parents.js';

/** Stores a task that is in the archive in place of what is there; durable once it resolves. */
export type ReplaceArchived = (task: TaskView) => Promise<void>;

/** Changes nothing for what is not in the archive, for another agent's attempt, and for what is known. */
export async function noteArchivedLeft(
  { org, agent, task: id, generation, left = {} }: CommandOf<'task.stopped'>,
  archived: FindArchived,
  replace: ReplaceArchived,
): Promise<void> {
  const task = await archived(org, id);
  if (task === null) return;
  const attempt = task.attempts.find((one) => one.generation === generation && one.agent === agent);
  const isResult = task.state === 'completed' && attempt === task.attempts.at(-1);
  if (attempt === undefined || isResult) return;
  const noted = { ...attempt, ...ownLeft(task, attempt, left), leftConfirmed: true };
  if (JSON.stringify(noted) === JSON.stringify(attempt)) return;
  await replace({ ...task, attempts: task.attempts.map((one) => (one === attempt ? noted : one)) });
}
