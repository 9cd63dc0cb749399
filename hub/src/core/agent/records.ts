// Agents as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import { type Agent, agentKey } from './agent.js';
import { enterAgent } from './indexes.js';

export interface AgentRecord {
  readonly kind: 'agent';
  readonly value: Agent;
}

export function* dumpAgents(state: State): Iterable<AgentRecord> {
  for (const key of [...state.agents.keys()].sort()) yield { kind: 'agent', value: state.agents.get(key) as Agent };
}

export const loadAgents: LoadTable<AgentRecord> = {
  agent: (state, value) => {
    const agent = agentFrom(value);
    state.agents.set(agentKey(agent.org, agent.name), agent);
  },
};

/** The longest idle first, as they came to be idle. */
export function indexAgents(state: State): void {
  const agents = [...state.agents.values()].sort((a, b) => a.idleSince - b.idleSince);
  for (const agent of agents) enterAgent(state, agent);
}

/** The same form that an enrolment makes: a field that a record leaves out has its place. */
function agentFrom(facts: Agent): Agent {
  return {
    org: facts.org,
    name: facts.name,
    enrolledAt: facts.enrolledAt,
    granted: facts.granted,
    runners: facts.runners,
    repositories: facts.repositories,
    capabilities: facts.capabilities,
    version: facts.version,
    host: facts.host,
    os: facts.os,
    instance: facts.instance,
    machine: facts.machine,
    replaced: facts.replaced,
    conflict: facts.conflict,
    connection: facts.connection,
    linkChangedAt: facts.linkChangedAt,
    task: facts.task,
    stopping: facts.stopping,
    graceUntil: facts.graceUntil,
    draining: facts.draining,
    drainReason: facts.drainReason,
    drainedAt: facts.drainedAt,
    unresponsive: facts.unresponsive,
    idleSince: facts.idleSince,
    lastRepo: facts.lastRepo,
    limits: facts.limits,
    unfit: facts.unfit,
    ban: facts.ban,
    secondHellos: facts.secondHellos,
  };
}
