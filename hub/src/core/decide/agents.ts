// What operators ask of agents.

import { Refusal } from '../decision.js';
import type { DecisionTable } from './decide.js';
import { agentNamed } from './parts.js';

export const agentDecisions: DecisionTable<'agent.drain' | 'agent.remove'> = {
  'agent.drain': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal) return agent;
    if (agent.draining === command.draining) return {};
    decision.emit({ type: 'agent.drain_set', org: agent.org, agent: agent.name, draining: command.draining });
    decision.matchAgent(agent);
    return {};
  },

  'agent.remove': (decision, command) => {
    const agent = agentNamed(decision, command);
    if (agent instanceof Refusal) return agent;
    if (agent.task !== null) {
      return new Refusal('agent.busy', `${agent.name} holds task ${agent.task}; drain it first, or cancel the task`);
    }
    decision.emit({ type: 'agent.removed', org: agent.org, agent: agent.name });
    return {};
  },
};
