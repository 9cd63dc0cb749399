// Agents that come and go, by the windows of the rule AgentFlapping: told once within its window.

import { LRUCache } from 'lru-cache';
import { agentKey } from '../core/agent/agent.js';
import { flapsOf } from '../core/alert/rules/agents.js';
import type { State } from '../core/state.js';

const REMEMBERED = 16_384;

export class Flaps {
  readonly #toldAt = new LRUCache<string, number>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  constructor(private readonly state: () => State) {}

  /** How often `agent` lost its link or was taken over of late, when that is to be told now: after it has come back. */
  cameBack(org: string, agent: string, now: number): number | undefined {
    const { agents, activity, config } = this.state();
    const key = agentKey(org, agent);
    const known = agents.get(key);
    const rule = config.values.alerts.rules.AgentFlapping;
    const flaps = known && flapsOf(known, activity.of(org), rule, now);
    const windowMs = rule.windowMinutes * 60_000;
    if (flaps === undefined || now - (this.#toldAt.get(key) ?? now - windowMs) < windowMs) return undefined;
    this.#toldAt.set(key, now);
    return Math.max(flaps.links, flaps.taken);
  }
}
