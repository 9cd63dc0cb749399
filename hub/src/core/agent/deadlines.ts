// What time brings to agents: links given up, stops that nobody confirmed, and usage limits that end.

import type { Decision } from '../decision.js';
import { endLimits } from '../lookups.js';
import { endAttemptFor } from '../task/attempt-end.js';
import { endOffer } from '../task/offers.js';

export function fireAgent(decision: Decision, key: string): void {
  const { state, now } = decision;
  const agent = state.agents.get(key);
  if (agent === undefined) return;
  const task = agent.task === undefined ? undefined : state.tasks.get(agent.task);
  if (task !== undefined) {
    if (agent.graceUntil === undefined || agent.graceUntil > now) return;
    if (task.state === 'assigned') {
      endOffer(decision, task, 'lost');
      return decision.matchTask(task);
    }
    const message = 'the sidecar was disconnected for longer than the grace period';
    return endAttemptFor(decision, task, { class: 'lost', code: 'agent.offline', message });
  }
  if (agent.stopping !== undefined && agent.stopping.until <= now) {
    decision.emit({ type: 'agent.stopped', org: agent.org, agent: agent.name, task: agent.stopping.task });
    decision.matchAgent(agent);
  }
}

export function fireLimit(decision: Decision, key: string): void {
  const agent = decision.state.agents.get(key);
  if (agent === undefined) return;
  endLimits(decision, agent, agent.limits?.filter(({ until }) => until <= decision.now) ?? []);
  decision.matchAgent(agent);
}
