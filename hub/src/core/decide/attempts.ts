// Attempts that the hub ends: time-outs and losses.

import type { Decision } from '../decision.js';
import type { StoredError } from '../events.js';
import { afterFailure } from '../retry.js';
import type { Task } from '../state.js';

/**
 * Ends a working or blocked attempt. With `stopping` its sidecar is told to stop and stays busy until it confirms. Matching the agent again
 * is the caller's.
 */
export function endAttemptFor(decision: Decision, task: Task, error: StoredError, stopping = false): void {
  const { now, settings } = decision;
  decision.emit({
    type: 'task.attempt_failed',
    task: task.id,
    error,
    counted: true,
    next: afterFailure({
      failure: error.class,
      attempts: task.attempts + 1,
      maxAttempts: task.spec.maxAttempts,
      resetsAt: undefined,
      now,
      random: decision.inputs.random(),
      settings,
    }),
    ...(stopping && { stopUntil: now + settings.stopGraceMs }),
  });
}
