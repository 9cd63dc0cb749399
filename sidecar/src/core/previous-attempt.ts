// What one attempt leaves to the next attempt at its task by the same sidecar.

import type { AssignedTask } from '@agentcom/schemas';
import type { ResumedSession, RunnerChoice } from './attempt.js';
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

/** The session that this runner can go on with: tools keep them with the account. */
export function sessionFor(
  { kind, accounts }: Pick<RunnerChoice, 'kind' | 'accounts'>,
  previous: PreviousAttempt | null,
): ResumedSession | null {
  const session = previous?.session ?? null;
  return session?.session.runner === kind && session.account === accounts?.names[0] ? session : null;
}
