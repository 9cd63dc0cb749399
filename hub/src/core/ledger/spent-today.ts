// What the work of each agent has cost on one day, off the ledger's rows of it.

import type { AgentView } from '@agentcom/schemas';
import { addFigures, type Figures, noFigures, type OrgLedger } from './ledger.js';
import { moneyOf } from './money.js';

export type SpentToday = NonNullable<AgentView['spentToday']>;

/** For one agent after the other; undefined for one that has used nothing. */
export function spentByAgent(ledger: OrgLedger | undefined, day: number): (agent: string) => SpentToday | undefined {
  const byAgent = new Map<string, Figures>();
  let isPartial = false;
  for (const { parts, ...figures } of ledger?.on(day)?.rows ?? []) {
    if (parts === undefined) {
      isPartial = true;
      continue;
    }
    const [, agent] = parts;
    const sum = byAgent.get(agent) ?? noFigures();
    byAgent.set(agent, sum);
    addFigures(sum, figures);
  }
  return (agent) => {
    const { cost, unknownCost } = byAgent.get(agent) ?? noFigures();
    const costs = moneyOf(cost).filter(({ costMicros }) => costMicros !== 0);
    if (costs.length === 0 && unknownCost === 0 && !isPartial) return undefined;
    return { costs, unknownCost, ...(isPartial && { partial: true }) };
  };
}
