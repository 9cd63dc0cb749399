// Changes several tasks, and says what came of it.

import type { TaskSummary } from '@agentcom/schemas';
import { toApiError } from '../../api/problem.js';
import { taskTexts } from '../../texts/tasks.js';
import { toast } from '../../ui/toast.js';

/** One after the other; what failed of them is said, the others are done all the same. */
export async function changeAll(
  tasks: readonly Pick<TaskSummary, 'id'>[],
  change: (id: string) => Promise<unknown>,
  done: (n: number) => string,
): Promise<void> {
  const failures: string[] = [];
  for (const { id } of tasks) await change(id).catch((error: unknown) => failures.push(toApiError(error).message));
  const count = tasks.length - failures.length;
  if (count > 0) toast(done(count));
  if (failures[0] !== undefined) toast(taskTexts.someFailed(failures.length, failures[0]), { tone: 'bad' });
}
