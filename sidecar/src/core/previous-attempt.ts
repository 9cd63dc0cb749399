// What one attempt leaves to the next attempt at its task by the same sidecar.

import type { AssignedTask } from '@agentcom/schemas';
import type { ResumedSession } from './attempt.js';
import type { Job, PreviousAttempt } from './job-model.js';
import { head } from './outbox.js';
import { worthResuming } from './turn-evidence.js';

/** Null when there is nothing to go on with, or when the task is complete. */
export function carryOver(job: Job): PreviousAttempt | null {
  if (head(job.outbox)?.body.type === 'task.complete') return null;
  const salvageRef = job.salvage?.ref ?? job.previous?.salvageRef ?? null;
  const session = worthResuming(job);
  return session === null && salvageRef === null ? null : { session, salvageRef };
}

/** What the next attempt at `task` may use of it. */
export function usable(
  task: Pick<AssignedTask, 'freshSession'>,
  previous: PreviousAttempt | null,
): PreviousAttempt | null {
  if (previous === null || task.freshSession !== true) return previous;
  return previous.salvageRef === null ? null : { ...previous, session: null };
}

/** The session that a runner of this kind can go on with. */
export function sessionFor(kind: string, previous: PreviousAttempt | null): ResumedSession | null {
  return previous?.session?.session.runner === kind ? previous.session : null;
}
