// Holding work back and letting it go on, for whatever does it.

import { type Agent, agentKey } from '../agent/agent.js';
import { indexAgain } from '../agent/indexes.js';
import type { Decision } from '../decision.js';
import type { State } from '../state.js';
import type { Scoped } from './hold-scope.js';
import type { Hold } from './holds.js';
import { SORTED_AT_ONCE } from './queued-tasks.js';

/** What it is about is offered nothing from here on. */
export function holdBack(state: State, hold: Hold): void {
  state.matching.hold(hold);
  sortLater(state, hold);
}

/** What others hold back as well is still not offered. */
export function letGo(state: State, hold: Hold): void {
  state.matching.release(hold);
  sortLater(state, hold);
}

/** A long queue is sorted page by page. A held agent is not among the idle ones. */
function sortLater(state: State, { org, of }: Hold): void {
  if (org === undefined) return;
  if (!state.matching.sort(org, 0)) state.deadlines.set('holds', org, state.now);
  const agent = of.kind === 'agent' ? state.agents.get(agentKey(org, of.name)) : undefined;
  if (agent !== undefined) indexAgain(state, agent);
}

/** More of what a hold or its end has taken aside is sorted, and at the end what is free goes on. */
export function fireHolds(decision: Decision, org: string): void {
  const { state } = decision;
  if (!state.matching.sort(org, SORTED_AT_ONCE)) return decision.goOnWith({ kind: 'holds', id: org });
  goOn(decision, state.agentsByOrg.get(org) ?? []);
}

/** Those whose work it may be about. */
export function agentsUnder(state: State, { org, scope }: Pick<Scoped, 'org' | 'scope'>): Iterable<Agent> {
  if (org === undefined) return state.agents.values();
  if (scope.kind !== 'agent') return state.agentsByOrg.get(org) ?? [];
  const agent = state.agents.get(agentKey(org, scope.value ?? ''));
  return agent === undefined ? [] : [agent];
}

/** What was stopped goes on where its work is; then whatever is idle takes what comes first. */
export function goOn(decision: Decision, agents: Iterable<Agent>): void {
  for (const task of decision.state.halts.givenBack) decision.matchBack(task, task.attemptLog?.at(-1)?.agent ?? '');
  for (const agent of agents) decision.matchAgent(agent);
}
