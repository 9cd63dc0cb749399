// Which attempt a task is at. Pure.

import type { TaskSummary } from '@agentcom/schemas';
import { taskTexts as texts } from '../../texts/tasks.js';

/** The hub counts the attempts that are used up; the one that is under way, or that did it, is one more. */
const AT_ONE: ReadonlySet<TaskSummary['state']> = new Set(['assigned', 'working', 'blocked', 'completed']);

export function attemptText({
  state,
  attemptsUsed,
  maxAttempts,
}: Pick<TaskSummary, 'state' | 'attemptsUsed' | 'maxAttempts'>): string {
  const at = attemptsUsed + (AT_ONE.has(state) ? 1 : 0);
  return maxAttempts === undefined ? String(at) : texts.attempts(at, maxAttempts);
}
