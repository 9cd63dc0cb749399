// Keeps the indexes true to agents: taken out before they change, put back in after.

import type { State } from '../state.js';
import { type Agent, agentKey, isAvailable, takesTasks } from './agent.js';

/** An agent that is new to the indexes. */
export function enterAgent(state: State, agent: Agent): void {
  const others = state.agentsByOrg.get(agent.org);
  if (others === undefined) state.agentsByOrg.set(agent.org, new Set([agent]));
  else others.add(agent);
  state.matching.enter(agent);
  indexAgent(state, agent);
  indexLimits(state, agent);
}

export function removeAgent(state: State, agent: Agent): void {
  unindexAgent(state, agent);
  state.matching.leave(agent);
  state.agents.delete(agentKey(agent.org, agent.name));
  state.agentsByOrg.get(agent.org)?.delete(agent);
}

export function changeAgent(state: State, agent: Agent, change: (agent: Agent) => void): void {
  const { limits, capabilities } = agent;
  const tookTasks = takesTasks(agent);
  unindexAgent(state, agent);
  change(agent);
  indexAgent(state, agent);
  const canSame = tookTasks === takesTasks(agent) && limits === agent.limits && capabilities === agent.capabilities;
  if (!canSame) state.matching.reroute(agent.org);
}

/** It may be held back from here on, or not any more. */
export function indexAgain(state: State, agent: Agent): void {
  changeAgent(state, agent, () => undefined);
}

/** When a usage limit of an agent ends, it is matched again. */
export function indexLimits(state: State, agent: Agent): void {
  for (const { until } of agent.limits ?? []) state.deadlines.set('limit', agentKey(agent.org, agent.name), until);
}

function indexAgent(state: State, agent: Agent): void {
  if (isAvailable(agent)) state.matching.offer(agent);
  const deadline = deadlineOf(agent);
  if (deadline !== undefined) state.deadlines.set('agent', agentKey(agent.org, agent.name), deadline);
}

function unindexAgent(state: State, agent: Agent): void {
  if (isAvailable(agent)) state.matching.withdraw(agent);
  const deadline = deadlineOf(agent);
  if (deadline !== undefined) state.deadlines.clear('agent', agentKey(agent.org, agent.name), deadline);
}

/** When a lost link or an unconfirmed stop is given up. */
function deadlineOf(agent: Agent): number | undefined {
  return agent.task === undefined ? agent.stopping?.until : agent.graceUntil;
}
