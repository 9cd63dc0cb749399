// What time brings to tasks: due ones, offers and attempts that ran out, what became of parents, and keys that are old enough to forget.

import type { Decision } from '../decision.js';
import { pricedRoutes } from '../ledger/route-estimate.js';
import { agentOf } from '../state.js';
import { endAttemptFor } from './attempt-end.js';
import { hasOpenParents } from './dependencies.js';
import { elapsedDeadline } from './indexes.js';
import { endOffer } from './offers.js';
import { isPricedAgain } from './routes.js';
import { isFinal, type Task } from './task.js';

/** Idempotency keys are forgotten in groups: a key lives up to this much longer than it must. */
const FORGET_EVERY_MS = 60_000;

export function fireTask(decision: Decision, id: string): void {
  const task = decision.state.tasks.get(id);
  const deadline = task === undefined ? undefined : elapsedDeadline(decision.state, task);
  if (task !== undefined && deadline !== undefined && deadline <= decision.now) timeOut(decision, task);
}

/** An agent is no longer passed over for it, or what it may cost is to be estimated anew. */
export function fireOffer(decision: Decision, id: string): void {
  const task = decision.state.tasks.get(id);
  if (task === undefined) return;
  if (isPricedAgain(task, decision.now)) {
    decision.emit({ type: 'task.priced', task: id, routes: pricedRoutes(decision.state, task.org, task.spec) });
  }
  decision.matchTask(task);
}

export function fireDependencies(decision: Decision, id: string): void {
  const task = decision.state.tasks.get(id);
  if (task === undefined || isFinal(task.state)) return;
  if (task.orphanedBy !== undefined) {
    const holder = agentOf(decision.state, task);
    decision.emit({
      type: 'task.cancelled',
      task: task.id,
      cause: 'parent_failed',
      reason: `its parent, task ${task.orphanedBy}, was cancelled`,
      by: 'hub',
      stopUntil: decision.now + decision.config.tasks.stopGraceSeconds * 1000,
    });
    if (holder !== undefined) decision.matchAgent(holder);
  } else if (task.state === 'waiting' && !hasOpenParents(task)) {
    decision.emit({ type: 'task.unblocked_by_parents', task: task.id });
    decision.matchTask(task);
  }
}

export function forgetIdempotencyKeys(decision: Decision): void {
  const before = decision.now - decision.config.retention.idempotencySeconds * 1000;
  if (decision.state.idempotency.oldestAt < before - FORGET_EVERY_MS)
    decision.emit({ type: 'idempotency.expired', before });
}

function timeOut(decision: Decision, task: Task): void {
  switch (task.state) {
    case 'scheduled':
      decision.emit({ type: 'task.due', task: task.id, to: hasOpenParents(task) ? 'waiting' : 'queued' });
      return decision.matchTask(task);
    case 'assigned':
      endOffer(decision, task, 'ignored');
      return decision.matchTask(task);
    case 'working': {
      const message = `the attempt ran longer than ${Math.round(task.spec.runTimeoutMs / 1000)} s`;
      return endAttemptFor(decision, task, { class: 'timeout', code: 'run.timeout', message }, { stopping: true });
    }
    case 'blocked': {
      const message = 'nobody answered the question in time';
      return endAttemptFor(decision, task, { class: 'timeout', code: 'answer.timeout', message }, { stopping: true });
    }
    default:
      return;
  }
}
