// The end of an attempt that did not complete, whoever ends it: its sidecar by a report, or the hub for a time-out or a loss.

import type { Decision } from '../decision.js';
import { isUsedUp, usedWith } from './budget.js';
import type { Left, ReportMark, Session, StoredError, Usage } from './events.js';
import { afterFailure, countsAsAttempt } from './retry.js';
import { type Task, timesPassedOver } from './task.js';

export interface Ending {
  /** Present when its sidecar reported it. */
  readonly report?: ReportMark;
  readonly usage?: Usage;
  readonly session?: Session;
  readonly left?: Left;
  /** For a usage limit: when it counts as over. */
  readonly limitEndsAt?: number;
  /** For a fault of the machine: other agents come first. */
  readonly isForOthers?: boolean;
  /** Its sidecar is told to stop, and stays busy until it confirms. */
  readonly stopping?: boolean;
}

/** Ends a working or blocked attempt. Matching the agent again is the caller's. */
export function endAttemptFor(decision: Decision, task: Task, error: StoredError, ending: Ending = {}): void {
  const { now } = decision;
  const config = decision.config.tasks;
  const { limitEndsAt = now, isForOthers = false, stopping = false, ...said } = ending;
  const counted = countsAsAttempt(error.class);
  decision.emit({
    type: 'task.attempt_failed',
    task: task.id,
    error,
    counted,
    next: afterFailure({
      failure: error.class,
      attempts: task.attempts + Number(counted),
      maxAttempts: task.spec.maxAttempts,
      isBudgetUsed: isUsedUp(task.spec.budget, usedWith(task, ending.usage)),
      limitEndsAt,
      timesHere: timesPassedOver(task, task.agent) + 1,
      isForOthers,
      hasOtherRoutes: (task.choice?.of ?? 1) > 1,
      now,
      random: decision.inputs.random(),
      config,
    }),
    ...said,
    ...(stopping && { stopUntil: now + config.stopGraceSeconds * 1000 }),
  });
}
