// The agent that holds a task, and letting it go.

import type { Agent } from '../agent/agent.js';
import { changeAgent } from '../agent/indexes.js';
import { agentOf, type State } from '../state.js';
import type { Task } from './task.js';

/** Takes the task from its agent; with `stopUntil` the agent stays busy stopping it until then. */
export function freeAgent(state: State, task: Task, at: number, stopUntil?: number): Agent | undefined {
  const agent = agentOf(state, task);
  task.agent = undefined;
  state.limits.release(task.id);
  if (agent === undefined) return undefined;
  changeAgent(state, agent, () => {
    agent.task = undefined;
    agent.lastRepo = task.spec.repo?.url;
    agent.idleSince = at;
    agent.stopping =
      stopUntil === undefined ? undefined : { task: task.id, generation: task.generation, until: stopUntil };
    agent.graceUntil = undefined;
  });
  return agent;
}
