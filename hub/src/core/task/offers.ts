// The end of an offer: accepted, rejected, not accepted in time, or lost with the agent.

import { agentKey } from '../agent/agent.js';
import type { CommandOf } from '../commands.js';
import type { Decision, DecisionTable } from '../decision.js';
import { alreadyFinal, noteResponse, stale, taskOf } from '../lookups.js';
import { Refusal } from '../refusal.js';
import { passOverMs } from './retry.js';
import { isFinal, type Task, timesPassedOver } from './task.js';

export const offerDecisions: DecisionTable<'task.accept' | 'task.reject'> = {
  'task.accept': (decision, command) => {
    const task = offeredTask(decision, command);
    if (task instanceof Refusal) return task;
    if (task.state !== 'assigned') return {};
    decision.emit({ type: 'task.accepted', task: task.id, runUntil: decision.now + task.spec.runTimeoutMs });
    return {};
  },

  'task.reject': (decision, command) => {
    if (wasRejected(decision, command)) {
      noteResponse(decision, command);
      return {};
    }
    const task = offeredTask(decision, command);
    if (task instanceof Refusal) return task;
    if (task.state !== 'assigned')
      return new Refusal('task.not_assigned', 'the task has already been accepted; fail it instead');
    endOffer(decision, task, 'rejected', command.reason);
    decision.matchTask(task);
    const agent = decision.state.agents.get(agentKey(command.org, command.agent));
    if (agent !== undefined) decision.matchAgent(agent);
    return {};
  },
};

/** The same rejection again, of an offer that nobody has had since. */
function wasRejected(decision: Decision, command: CommandOf<'task.reject'>): boolean {
  const task = decision.state.tasks.get(command.task);
  if (task === undefined || task.org !== command.org || task.generation !== command.generation) return false;
  const wasAccepted = task.attemptLog?.at(-1)?.generation === command.generation;
  return (
    task.agent === undefined && !wasAccepted && (task.passedOver?.some(({ agent }) => agent === command.agent) ?? false)
  );
}

/** The task whose live generation the caller was offered. */
function offeredTask(decision: Decision, command: CommandOf<'task.accept' | 'task.reject'>): Task | Refusal {
  const task = taskOf(decision, command);
  if (task instanceof Refusal) return task;
  if (task.generation !== command.generation) return stale();
  if (isFinal(task.state)) return alreadyFinal(task);
  if (task.agent !== command.agent) return stale();
  return task;
}

/** Puts an offered task back, or among the dead letters once enough offers found no taker. Matching it again is the caller's. */
export function endOffer(
  decision: Decision,
  task: Task,
  cause: 'rejected' | 'ignored' | 'lost',
  reason?: string,
): void {
  const { now } = decision;
  const config = decision.config.tasks;
  const times = timesPassedOver(task, task.agent) + 1;
  decision.emit({
    type: 'task.offer_ended',
    task: task.id,
    cause,
    ...(reason !== undefined && { reason }),
    passOverUntil: now + passOverMs(times, config),
    to: task.offers >= config.maxOffers ? 'dead' : 'queued',
  });
}
