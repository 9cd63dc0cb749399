// What an agent's heartbeats say it is doing. They name no attempt, so a phase holds for the one that the agent had when it was said.

import type { HoldingPhase } from '@agentcom/schemas';
import type { State } from '../state.js';

export interface SaidPhase {
  readonly phase: HoldingPhase;
  /** Since when it is said, ms. */
  readonly since: number;
  /** Undefined when the hub knew of none. */
  readonly attempt: string | undefined;
}

/** After a heartbeat; `key` is the agent's. */
export function phaseSaid(
  before: SaidPhase | undefined,
  phase: HoldingPhase | undefined,
  state: State,
  key: string,
  now: number,
): SaidPhase | undefined {
  if (phase === undefined) return undefined;
  const attempt = attemptInHand(state, key);
  const isSame = before?.phase === phase && before.attempt === attempt;
  return isSame ? before : { phase, since: now, attempt };
}

/** Undefined once the attempt of which it was said has ended, and been stopped. */
export function phaseNow(said: SaidPhase | undefined, state: State, key: string): SaidPhase | undefined {
  const attempt = attemptInHand(state, key);
  return attempt !== undefined && attempt === said?.attempt ? said : undefined;
}

/** The one that it holds, or that it has yet to stop. */
function attemptInHand(state: State, key: string): string | undefined {
  const agent = state.agents.get(key);
  if (agent?.stopping !== undefined) return `${agent.stopping.task} ${agent.stopping.generation}`;
  const task = agent?.task === undefined ? undefined : state.tasks.get(agent.task);
  return task && `${task.id} ${task.generation}`;
}
