// A task goes back into the queue, with fresh attempts and with what is to be different from here on.

import type { RequeueOptions } from '../commands.js';
import type { Decision } from '../decision.js';
import { pricedRoutes, seenWithin } from '../ledger/route-estimate.js';
import { Refusal } from '../refusal.js';
import { isUsedUp, usedOf } from './budget.js';
import { hasOpenParents } from './dependencies.js';
import type { Body, KeptWork } from './events.js';
import type { Task } from './task.js';
import { deadBefore, type Undo } from './undo.js';

const PROMPT_CHANGED_RETRY_MS = 100;

export function requeue(
  decision: Decision,
  task: Task,
  { by, ...asked }: RequeueOptions & { readonly by: string },
  push?: KeptWork,
): { readonly undo?: Undo } | Refusal {
  const refusal = refuseChanges(task, asked);
  if (refusal !== undefined) return refusal;
  const { freshSession = false, keepBudget = false, model, changes, prompt } = asked;
  const spec = { ...task.spec, ...(model !== undefined && { model }), ...changes };
  const isChanged = prompt !== undefined && !isSameBody(prompt.to, task.spec.prompt);
  const back = deadBefore(task, { ...changes, ...(model !== undefined && { model }) });
  decision.emit({
    type: 'task.requeued',
    task: task.id,
    by,
    to: hasOpenParents(task) ? 'waiting' : 'queued',
    ...(task.usage !== undefined && !keepBudget && { usedBefore: task.usage }),
    ...(push !== undefined && { push }),
    ...(freshSession && { freshSession }),
    ...(model !== undefined && { model }),
    ...(changes !== undefined && { changes }),
    ...(spec.maxCost !== undefined && {
      routes: pricedRoutes(decision.state, task.org, spec, seenWithin(asked.repositories)),
    }),
    ...(isChanged && {
      prompt: { body: prompt.to, ...(prompt.addedBytes !== undefined && { addedBytes: prompt.addedBytes }) },
    }),
  });
  // Of before it is offered, so that the undo of one that is offered at once is refused, and counted.
  const { generation, queuedAt } = task;
  decision.matchTask(task);
  // The prompt before is erased when no task has it any more.
  if (back === undefined || isChanged) return {};
  return { undo: { kind: 'requeue', generation, queuedAt, lane: task.spec.lane, back } };
}

function refuseChanges(task: Task, { keepBudget, changes, prompt, ifGeneration }: RequeueOptions): Refusal | undefined {
  if (ifGeneration !== undefined && task.generation !== ifGeneration) {
    const message = `the task was at generation ${ifGeneration}, and is at ${task.generation} now`;
    return new Refusal('task.attempted_since', message, [{ path: '/ifGeneration', message }]);
  }
  if (prompt?.from !== undefined && !isSameBody(prompt.from, task.spec.prompt)) {
    const message = 'somebody else changed the prompt at the same time; retry';
    return new Refusal('hub.busy', message, [], PROMPT_CHANGED_RETRY_MS);
  }
  if (keepBudget === true && isUsedUp(changes?.budget ?? task.spec.budget, usedOf(task))) {
    const message = 'the attempts so far have used all of it';
    return new Refusal('task.budget_used', message, [{ path: '/keepBudget', message }]);
  }
  return undefined;
}

function isSameBody(a: Body, b: Body): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : a.ref === b.ref;
}
