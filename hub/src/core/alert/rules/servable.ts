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

/** The tasks of a lane of a demand that some of these agents could have; all of them once there are no looks left. */
export type Servable = (lane: LaneQueue) => Iterable<TaskQueue>;

/** @param kinds  that may be asked, as `kindsFor` has them */
export function servable(demand: Demand, kinds: readonly Kind[], looks: Looks): Servable {
  const able: (readonly string[])[] = [];
  looks.take();
  for (const { skills, repositories } of kinds) {
    if (!looks.take()) return wholly;
    if (!hasSkills(demand, skills)) continue;
    if (repositories === undefined) return wholly;
    able.push(repositories);
  }
  return (lane) => withinRepositories(lane, able, looks);
}

/** How many tasks of a demand none of these agents can have. */
export function unservable(demand: Demand, kinds: readonly Kind[], looks: Looks): number {
  const ofLane = servable(demand, kinds, looks);
  let served = 0;
  for (const lane of demand.lanes) for (const { size } of ofLane(lane)) served += size;
  return demand.size - served;
}

function wholly(lane: LaneQueue): Iterable<TaskQueue> {
  return [lane];
}

function* withinRepositories(lane: LaneQueue, able: readonly (readonly string[])[], looks: Looks): Iterable<TaskQueue> {
  if (able.length === 0) return;
  for (const [url, queue] of lane.byRepo())
    if (able.some((patterns) => !looks.take(patterns.length) || mayUseRepository(patterns, url))) yield queue;
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
