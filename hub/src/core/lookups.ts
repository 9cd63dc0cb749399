// What several decisions share.

import type { Unfit } from '@agentcom/schemas';
import { type Agent, agentKey, isSameUnfit, type RunnerLimit } from './agent/agent.js';
import type { Decision } from './decision.js';
import { Refusal } from './refusal.js';
import type { Task } from './task/task.js';

/** The caller's task, or the refusal that says nothing of other organisations' tasks. */
export function taskOf(decision: Decision, command: { readonly org: string; readonly task: string }): Task | Refusal {
  const task = decision.state.tasks.get(command.task);
  if (task === undefined || task.org !== command.org)
    return new Refusal('task.not_found', `task ${command.task} not found`);
  return task;
}

export function agentNamed(
  decision: Decision,
  command: { readonly org: string; readonly agent: string },
): Agent | Refusal {
  const agent = decision.state.agents.get(agentKey(command.org, command.agent));
  return agent ?? new Refusal('agent.not_found', `agent ${command.agent} not found`);
}

/** An agent that let an offer pass has shown that it listens. */
export function noteResponse(decision: Decision, who: { readonly org: string; readonly agent: string }): void {
  const agent = decision.state.agents.get(agentKey(who.org, who.agent));
  if (agent?.unresponsive !== true) return;
  decision.emit({ type: 'agent.responded', org: agent.org, agent: agent.name });
  decision.matchAgent(agent);
}

/** Matching the agent again is the caller's. */
export function endLimits(decision: Decision, { org, name }: Agent, over: readonly RunnerLimit[]): void {
  for (const { runner, model } of over) {
    decision.emit({
      type: 'agent.limit_ended',
      org,
      agent: name,
      ...(runner !== undefined && { runner }),
      ...(model !== undefined && { model }),
    });
  }
}

/** Matching the agent again is the caller's. */
export function setFitness(decision: Decision, { org, name, unfit: before }: Agent, unfit: Unfit | undefined): void {
  if (isSameUnfit(before, unfit)) return;
  decision.emit({ type: 'agent.fitness_changed', org, agent: name, ...(unfit !== undefined && { unfit }) });
}

/** Gives an agent that has just become free its next task. */
export function offerFreedAgent(decision: Decision, who: { readonly org: string; readonly agent: string }): void {
  const agent = decision.state.agents.get(agentKey(who.org, who.agent));
  if (agent !== undefined) decision.matchAgent(agent);
}

export function stale(): Refusal {
  return new Refusal('task.stale_generation', 'this attempt is no longer the live one; stop, and set the work aside');
}

type InState = Pick<Task, 'state'>;

export function alreadyFinal({ state }: InState): Refusal {
  return new Refusal('task.already_final', `the task is already ${state}`);
}

export function notRetryable({ state }: InState): Refusal {
  return new Refusal('task.not_retryable', `only a dead or backing-off task can be retried, but this one is ${state}`);
}

export function notDead({ state }: InState): Refusal {
  return new Refusal('task.not_dead', `the task is ${state}, not dead`);
}
