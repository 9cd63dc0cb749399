// Whether anybody who is connected could have what is queued.

import { mayUseRepository } from '../../access/repositories.js';
import { agentKey } from '../../agent/agent.js';
import type { Demand } from '../../task/queued-tasks.js';
import { hasSkills } from '../../task/skills.js';
import { targetOf } from '../../task/wants.js';
import type { Kind } from './census.js';
import type { OrgLook } from './rule.js';

const LOOKS_MIN = 2_000;
const LOOKS_PER_AGENT = 1;

/** How many tasks of a demand none of these agents can have. */
export function unservable(demand: Demand, kinds: readonly Kind[], looks: Looks): number {
  const able: Kind['repositories'][] = [];
  looks.take();
  for (const { skills, repositories } of kinds) {
    if (!looks.take()) return 0;
    if (!hasSkills(demand, skills)) continue;
    if (repositories === undefined) return 0;
    able.push(repositories);
  }
  if (able.length === 0) return demand.size;
  let served = 0;
  for (const lane of demand.lanes) {
    for (const [url, size] of lane.sizesByRepo())
      if (able.some((patterns) => looks.take(patterns?.length) && mayUseRepository(patterns, url))) served += size;
  }
  return demand.size - served;
}

/** The agents that may be asked; one that a task names is alone in its kind. */
export function kindsFor(
  { state: { agents, matching }, org, census }: Pick<OrgLook, 'state' | 'org' | 'census'>,
  { needs }: Demand,
): readonly Kind[] {
  const target = targetOf(needs);
  if (target === undefined) return census.kinds;
  const agent = agents.get(agentKey(org, target));
  if (agent?.connection === undefined) return [];
  return [{ skills: matching.kindOf(agent).offered, repositories: agent.repositories, agents: [agent] }];
}

/**
 * Of what is wanted at what is offered, so that a queue of many different wants costs no more than its organisation has agents. What has been
 * wanted longest is looked at first.
 */
export class Looks {
  #left: number;

  constructor(agents: number) {
    this.#left = LOOKS_MIN + LOOKS_PER_AGENT * agents;
  }

  /** False when there are none left. */
  take(some = 1): boolean {
    this.#left -= some;
    return !this.areSpent;
  }

  get areSpent(): boolean {
    return this.#left < 0;
  }
}
