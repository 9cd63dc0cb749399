// Whether anybody who is connected could have what is queued.

import { mayUseRepository } from '../../access/repositories.js';
import { agentKey } from '../../agent/agent.js';
import type { LaneQueue, TaskQueue } from '../../task/lane-queue.js';
import type { Demand } from '../../task/queued-tasks.js';
import { hasSkills } from '../../task/skills.js';
import { targetOf } from '../../task/wants.js';
import type { Kind } from './census.js';
import type { OrgLook } from './rule.js';

const LOOKS_MIN = 2_000;
const LOOKS_PER_AGENT = 1;

/** The tasks of a lane of a demand that somebody could have. */
export type Servable = (lane: LaneQueue) => Iterable<TaskQueue>;

/**
 * Of all that is wanted, found once for whichever rules ask. So much of what is wanted is looked at by what is offered that a queue of many
 * different wants costs no more than its organisation has agents; what is asked for first is looked at first.
 */
export class Servables {
  readonly #look: Pick<OrgLook, 'state' | 'org' | 'census'>;
  readonly #found = new Map<Demand, Servable | undefined>();
  #left: number;

  constructor(look: Pick<OrgLook, 'state' | 'org' | 'census'>) {
    this.#look = look;
    this.#left = LOOKS_MIN + LOOKS_PER_AGENT * look.census.connected.length;
  }

  /** Undefined where that is unknown, since there are no looks left. */
  of(demand: Demand): Servable | undefined {
    if (!this.#found.has(demand)) this.#found.set(demand, this.#find(demand));
    return this.#found.get(demand);
  }

  #find(demand: Demand): Servable | undefined {
    const able: (readonly string[])[] = [];
    this.#take();
    for (const { skills, repositories } of kindsFor(this.#look, demand)) {
      if (!this.#take()) return undefined;
      if (!hasSkills(demand, skills)) continue;
      if (repositories === undefined) return wholly;
      able.push(repositories);
    }
    return able.length === 0 ? notAtAll : (lane) => this.#withinRepositories(lane, able);
  }

  /** All that there are no looks left for, too. */
  *#withinRepositories(lane: LaneQueue, able: readonly (readonly string[])[]): Iterable<TaskQueue> {
    for (const [url, queue] of lane.byRepo())
      if (able.some((patterns) => !this.#take(patterns.length) || mayUseRepository(patterns, url))) yield queue;
  }

  /** False when there are none left. */
  #take(some = 1): boolean {
    this.#left -= some;
    return this.#left >= 0;
  }
}

function wholly(lane: LaneQueue): Iterable<TaskQueue> {
  return [lane];
}

function notAtAll(): Iterable<TaskQueue> {
  return [];
}

/** The agents that may be asked; one that a task names is alone in its kind. */
function kindsFor(
  { state: { agents, matching }, org, census }: Pick<OrgLook, 'state' | 'org' | 'census'>,
  { needs }: Demand,
): readonly Kind[] {
  const target = targetOf(needs);
  if (target === undefined) return census.kinds;
  const agent = agents.get(agentKey(org, target));
  if (agent?.connection === undefined) return [];
  return [{ skills: matching.kindOf(agent).offered, repositories: agent.repositories, agents: [agent] }];
}
