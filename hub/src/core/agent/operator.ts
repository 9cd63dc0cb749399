// What operators ask of agents, the agent that answers late, and the one whose machine cannot work. Whoever resumes an agent says that it can work: a usage limit that it
// had met counts no more.

import type { DecisionTable } from '../decision.js';
import { agentNamed, endLimits, noteResponse, setFitness } from '../lookups.js';
import { dismiss } from '../outputs.js';
import { Refusal } from '../refusal.js';

export const agentDecisions: DecisionTable<'agent.respond' | 'agent.fitness' | 'agent.drain' | 'agent.remove'> = {
  'agent.respond': (decision, command) => {
    noteResponse(decision, command);
    return {};
  },

  'agent.fitness': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal || agent.connection !== command.connection) return {};
    setFitness(decision, agent, command.unfit);
    decision.matchAgent(agent);
    return {};
  },

  'agent.drain': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal) return agent;
    const { org, name, limits } = agent;
    const { draining, reason } = command;
    if (!draining && limits !== undefined) endLimits(decision, agent, limits);
    if (agent.draining !== draining) decision.emit({ type: 'agent.drain_set', org, agent: name, draining, reason });
    decision.matchAgent(agent);
    return {};
  },

  'agent.remove': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal) return agent;
    const held = agent.task ?? agent.stopping?.task;
    if (held !== undefined) {
      return new Refusal('agent.busy', `${agent.name} has task ${held}; drain the agent first, or cancel the task`);
    }
    if (agent.connection !== undefined) dismiss(decision.outputs, agent.connection);
    decision.emit({ type: 'agent.removed', org: agent.org, agent: agent.name });
    return {};
  },
};
