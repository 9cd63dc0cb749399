// Which of the routes of a task is its next one: the first that an agent can take, now or when it is done with its work. A busy agent is waited
// for; a runner that is at its usage limit, that is halted, or whose agents are away is not. What is looked up holds until one of the agents of
// the organisation comes, goes, or can take more or less than before.

import { mayUseRepository } from '../access/repositories.js';
import { type Agent, takesTasks } from '../agent/agent.js';
import type { TaskRoute } from './events.js';
import type { Holds } from './holds.js';
import { hasSkills, isAtLimit, isPassedOver, type Offered } from './skills.js';
import type { Task } from './task.js';
import { targetOf, type Wanted } from './wants.js';

const KNOWN_MAX = 10_000;

export class RouteChoice {
  readonly #agents = new Set<Agent>();
  readonly #offeredBy: (agent: Agent) => Offered;
  /** By what is wanted and the repository: the place of the route, or -1. */
  readonly #known = new Map<string, number>();

  constructor(offeredBy: (agent: Agent) => Offered) {
    this.#offeredBy = offeredBy;
  }

  enter(agent: Agent): void {
    this.#agents.add(agent);
    this.#known.clear();
  }

  leave(agent: Agent): void {
    this.#agents.delete(agent);
    this.#known.clear();
  }

  /** Something has changed that decides which routes are open. */
  forget(): void {
    this.#known.clear();
  }

  /** -1 when none of the routes is open. `key` stands for what is wanted. */
  placeFor(task: Task, key: string, wanted: Wanted, holds: Holds | undefined, now: number): number {
    if (task.passedOver !== undefined)
      return this.#find(wanted, holds, (agent, route) => isFree(task, agent, route, now));
    const known = `${key}\n${wanted.repo?.url ?? ''}`;
    let place = this.#known.get(known);
    if (place === undefined) {
      place = this.#find(wanted, holds, () => true);
      if (this.#known.size === KNOWN_MAX) this.#known.clear();
      this.#known.set(known, place);
    }
    return place;
  }

  #find(wanted: Wanted, holds: Holds | undefined, isOpen: (agent: Agent, route: TaskRoute) => boolean): number {
    const { routes = [] } = wanted;
    return routes.findIndex((route) => {
      for (const agent of this.#agents)
        if (isOpenTo(agent, wanted, route, this.#offeredBy(agent), holds) && isOpen(agent, route)) return true;
      return false;
    });
  }
}

/** Whether an agent could do it this way, as soon as it is free. */
export function isOpenTo(
  agent: Agent,
  { needs, repo }: Wanted,
  route: TaskRoute,
  offered: Offered,
  holds: Holds | undefined,
): boolean {
  if (!takesTasks(agent) || holds?.holdsAgent(agent.name) === true) return false;
  const target = targetOf(needs);
  return (
    (target === undefined || target === agent.name) &&
    hasSkills({ needs, runner: route.runner }, offered) &&
    !isAtLimit(agent, route) &&
    holds?.holdsRunner(route, offered) !== true &&
    mayUseRepository(agent.repositories, repo?.url)
  );
}

function isFree(task: Task, { name }: Agent, route: TaskRoute, now: number): boolean {
  return !isPassedOver(task, name, now, route);
}
