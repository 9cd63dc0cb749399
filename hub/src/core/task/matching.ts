// Which task goes to which agent. Work is indexed by its set of needs, its runner and its lane, idle agents by their set of capabilities,
// their bounds and the limits they have met, so a match costs the number of distinct sets, not of tasks; for an agent bound to some repositories
// also that of the repositories. What is held back is set apart when the hold comes, not looked past at each match. `why` explains a waiting task
// from the same index.

import { LANES } from '@agentcom/schemas';
import { mayUseRepository } from '../access/repositories.js';
import type { Agent, AgentBounds } from '../agent/agent.js';
import type { TaskRoute } from './events.js';
import type { Hold } from './holds.js';
import { byAge } from './lane-queue.js';
import { type Demand, QueuedTasks } from './queued-tasks.js';
import { RouteChoice } from './route-choice.js';
import { isPassedOver, mayTake, type Offered, offeredBy, type Skills, skillsOf } from './skills.js';
import type { Task } from './task.js';
import { targetOf, wantedKey, wantedOf } from './wants.js';

/** Kinds of idle agents that are tried when somebody asks whether one could have a task, and what is queued by its wants for all of them. */
const KINDS_TRIED = 64;
const DEMANDS_TRIED = 32_000;

/** Idle agents with one set of capabilities and bounds, longest idle first: both sets keep the order of insertion. */
interface Supply {
  readonly skills: Skills;
  readonly repositories: AgentBounds['repositories'];
  readonly agents: Set<Agent>;
  readonly byRepo: Map<string, Set<Agent>>;
}

/** Of agents with the same capabilities and bounds. */
export interface AgentKind {
  readonly key: string;
  readonly offered: Offered;
}

export interface OpenRoute {
  readonly route: TaskRoute;
  readonly place: number;
}

interface OrgIndex {
  readonly queued: QueuedTasks;
  readonly supply: Map<string, Supply>;
  readonly routes: RouteChoice;
  /** Where each idle agent is. */
  readonly places: Map<string, { readonly agent: Agent; readonly key: string; readonly entry: Supply }>;
}

export class Matching {
  readonly #orgs = new Map<string, OrgIndex>();
  /** Of the agents with these capabilities; no two agents share a list. */
  readonly #kinds = new WeakMap<Agent['capabilities'], AgentKind>();
  /** Holds on everything of every organisation. */
  readonly #everywhere = new Set<string>();
  /** Organisations in which another route of queued tasks may be open than before, so that idle agents may be unmatched. */
  readonly #rerouted = new Set<string>();
  /** Idle agents may be unmatched, because more was due than one tick fires. */
  isPostponed = false;

  enqueue(task: Task): void {
    this.#org(task.org).queued.add(task);
  }

  dequeue(task: Task): void {
    this.#org(task.org).queued.remove(task);
  }

  /** What it is about is not offered from here on. An agent that it holds back is to be put in its place again. */
  hold(hold: Hold): void {
    if (hold.org === undefined) this.#everywhere.add(hold.id);
    else {
      this.#org(hold.org).queued.hold(hold);
      this.reroute(hold.org);
    }
  }

  /** Undoes `hold`. What others hold back as well is still not offered. */
  release(hold: Hold): void {
    if (hold.org === undefined) this.#everywhere.delete(hold.id);
    else {
      this.#org(hold.org).queued.release(hold);
      this.reroute(hold.org);
    }
  }

  /** Sorts more of what a hold or its end has taken aside; whether that was all. */
  sort(org: string, max: number): boolean {
    const { queued } = this.#org(org);
    queued.sort(max);
    return queued.isSorted;
  }

  enter(agent: Agent): void {
    this.#org(agent.org).routes.enter(agent);
  }

  leave(agent: Agent): void {
    this.#org(agent.org).routes.leave(agent);
    this.reroute(agent.org);
  }

  /** Agents of an organisation can take more or less than before. */
  reroute(org: string): void {
    const { routes, queued } = this.#org(org);
    routes.forget();
    if (queued.hasRouted) this.#rerouted.add(org);
  }

  /** Idle agents that may have got a task that way, each once. */
  *takeRerouted(): Iterable<Agent> {
    for (const org of this.#rerouted) {
      this.#rerouted.delete(org);
      for (const { agent } of [...this.#org(org).places.values()]) yield agent;
    }
  }

  /** The first route of a task that is open, and its place; undefined when none is. */
  routeFor(task: Task, now: number): OpenRoute | undefined {
    const { routes, queued } = this.#org(task.org);
    const wanted = wantedOf(task);
    const place = routes.placeFor(task, wantedKey(wanted), wanted, queued.holds, now);
    const route = wanted.routes?.[place];
    return route === undefined ? undefined : { route, place };
  }

  offer(agent: Agent): void {
    const { supply, places, queued } = this.#org(agent.org);
    if (queued.holds?.holdsAgent(agent.name) === true) return;
    const key = supplyKey(agent);
    let entry = supply.get(key);
    if (entry === undefined) {
      const { repositories } = agent;
      entry = {
        skills: skillsOf(agent, this.kindOf(agent).offered),
        repositories,
        agents: new Set(),
        byRepo: new Map(),
      };
      supply.set(key, entry);
    }
    entry.agents.add(agent);
    places.set(agent.name, { agent, key, entry });
    if (agent.lastRepo === undefined) return;
    const sameRepo = entry.byRepo.get(agent.lastRepo);
    if (sameRepo === undefined) entry.byRepo.set(agent.lastRepo, new Set([agent]));
    else sameRepo.add(agent);
  }

  withdraw(agent: Agent): void {
    const { supply, places } = this.#org(agent.org);
    const place = places.get(agent.name);
    if (place === undefined) return;
    const { key, entry } = place;
    places.delete(agent.name);
    entry.agents.delete(agent);
    if (agent.lastRepo !== undefined) {
      const sameRepo = entry.byRepo.get(agent.lastRepo);
      sameRepo?.delete(agent);
      if (sameRepo?.size === 0) entry.byRepo.delete(agent.lastRepo);
    }
    if (entry.agents.size === 0) supply.delete(key);
  }

  /** The agent for a queued task: one whose last task used the same repository, then the longest idle; or `only` that one, if it may have it. */
  agentFor(task: Task, now: number, only?: string): Agent | undefined {
    const { supply, places, queued } = this.#org(task.org);
    const { holds } = queued;
    if (this.#everywhere.size > 0 || queued.isHeld || holds?.holdsTask(task) === true) return undefined;
    const asked = wantedOf(task);
    const open = asked.routes === undefined ? undefined : this.routeFor(task, now);
    if (asked.routes !== undefined && open === undefined) return undefined;
    const wanted = open === undefined ? asked : { needs: asked.needs, runner: open.route.runner };
    const target = targetOf(wanted.needs) ?? only;
    const repo = task.spec.repo?.url;
    const mayGoTo = ({ skills, repositories }: Supply): boolean =>
      mayTake(wanted, skills, open?.route) &&
      mayUseRepository(repositories, repo) &&
      holds?.holdsRunner(wanted, skills) !== true;
    if (target !== undefined) {
      const place = places.get(target);
      const fitting = place !== undefined && mayGoTo(place.entry);
      return fitting ? firstTaker([place.agent], task, now, open?.route) : undefined;
    }
    let best: Agent | undefined;
    for (const entry of supply.values()) {
      if (!mayGoTo(entry)) continue;
      const sameRepo = repo === undefined ? undefined : firstTaker(entry.byRepo.get(repo), task, now, open?.route);
      const candidate = sameRepo ?? firstTaker(entry.agents, task, now, open?.route);
      if (candidate !== undefined && (best === undefined || isBetter(candidate, best, repo))) best = candidate;
    }
    return best;
  }

  /** The task for an idle agent: the highest lane after aging, then the oldest. */
  taskFor(agent: Agent, now: number, agingStepMs: number): Task | undefined {
    const { places, queued } = this.#org(agent.org);
    const { holds, open } = queued;
    const own = queued.openFor(agent.name);
    if (open.size + own.size === 0 || this.#everywhere.size > 0 || queued.isHeld) return undefined;
    if (holds?.holdsAgent(agent.name) === true) return undefined;
    const skills = places.get(agent.name)?.entry.skills ?? skillsOf(agent, this.kindOf(agent).offered);
    const takes = (task: Task): boolean => !isPassedOver(task, agent.name, now);
    const isKeptFrom = (entry: Demand): boolean =>
      !mayTake(entry, skills) || holds?.holdsRunner(entry, skills) === true;
    let best: Task | undefined;
    for (const demands of own.size === 0 ? [open] : [open, own]) {
      for (const entry of demands.values()) {
        const mayHave = entry.routes === undefined ? takes : this.#routeTo(agent, skills, entry, now);
        if (mayHave === takes ? isKeptFrom(entry) : mayHave === undefined) continue;
        for (const lane of entry.lanes) {
          const candidate = lane.size === 0 ? undefined : lane.first(mayHave ?? takes, agent.repositories);
          if (candidate === undefined) continue;
          if (best === undefined || goesFirst(candidate, best, now, agingStepMs)) best = candidate;
        }
      }
    }
    return best;
  }

  /** Whether a task of this demand may go to the agent by the first route that is open; undefined when none of them may. */
  #routeTo(agent: Agent, skills: Skills, demand: Demand, now: number): ((task: Task) => boolean) | undefined {
    const { routes, queued } = this.#org(agent.org);
    const { holds } = queued;
    const { key, needs } = demand;
    const may = demand.routes?.map(
      (route) => mayTake({ needs, runner: route.runner }, skills, route) && holds?.holdsRunner(route, skills) !== true,
    );
    if (may?.includes(true) !== true) return undefined;
    return (task) => {
      const wanted = { needs, routes: demand.routes, repo: task.spec.repo };
      const place = routes.placeFor(task, key, wanted, holds, now);
      return may[place] === true && !isPassedOver(task, agent.name, now, demand.routes?.[place]);
    };
  }

  /** Queued tasks of the same wants and lane that go before it. */
  countBefore(task: Task): number {
    return this.#org(task.org).queued.countBefore(task);
  }

  kindOf(agent: Agent): AgentKind {
    const { capabilities, runners, repositories } = agent;
    let kind = this.#kinds.get(capabilities);
    if (kind === undefined) {
      kind = { key: JSON.stringify([capabilities, runners, repositories]), offered: offeredBy(agent) };
      this.#kinds.set(capabilities, kind);
    }
    return kind;
  }

  /** What is queued and nothing holds back whoever would work on it, by what it wants. */
  *demands(org: string): Iterable<Demand> {
    const index = this.#orgs.get(org);
    if (index !== undefined && this.#everywhere.size === 0) yield* index.queued.free();
  }

  /** An idle agent and a task that it could have: after each decision there is none, unless matching was postponed. */
  unmatched(org: string, now: number, agingStepMs: number): { readonly agent: Agent; readonly task: Task } | undefined {
    const index = this.#orgs.get(org);
    if (index === undefined) return undefined;
    const kindsMax = Math.min(
      KINDS_TRIED,
      Math.max(1, Math.floor(DEMANDS_TRIED / Math.max(1, index.queued.open.size))),
    );
    let tried = 0;
    for (const { agents } of index.supply.values()) {
      if (tried++ === kindsMax) return undefined;
      const [agent] = agents;
      const task = agent && this.taskFor(agent, now, agingStepMs);
      if (agent !== undefined && task !== undefined) return { agent, task };
    }
    return undefined;
  }

  /** Queued tasks per lane, summed over an organisation's sets of needs; in the order of `LANES`. */
  depths(org: string): number[] {
    const depths = LANES.map(() => 0);
    for (const { lanes } of this.#org(org).queued.all()) {
      lanes.forEach((lane, i) => {
        depths[i] = (depths[i] ?? 0) + lane.size;
      });
    }
    return depths;
  }

  /** Since when the oldest task of each lane that is not held back waits, ms; in the order of `LANES`. */
  oldest(org: string): (number | undefined)[] {
    const oldest: (number | undefined)[] = LANES.map(() => undefined);
    for (const entry of this.demands(org)) {
      entry.lanes.forEach((lane, i) => {
        const since = lane.oldest?.queuedAt ?? Number.POSITIVE_INFINITY;
        if (since < (oldest[i] ?? Number.POSITIVE_INFINITY)) oldest[i] = since;
      });
    }
    return oldest;
  }

  #org(org: string): OrgIndex {
    let index = this.#orgs.get(org);
    if (index === undefined) {
      index = {
        queued: new QueuedTasks(),
        supply: new Map(),
        routes: new RouteChoice((agent) => this.kindOf(agent).offered),
        places: new Map(),
      };
      this.#orgs.set(org, index);
    }
    return index;
  }
}

/** No task ages past it: an urgent one is always next. */
const HIGHEST_BY_AGE = LANES.indexOf('high');

/** Lane number after aging; 0 goes first. */
export function effectiveLane(task: Task, now: number, agingStepMs: number): number {
  const given = givenLane(task);
  const risen = Math.floor(Math.max(0, now - task.queuedAt) / agingStepMs);
  return Math.min(given, Math.max(HIGHEST_BY_AGE, given - risen));
}

function givenLane({ spec }: Task): number {
  return LANES.indexOf(spec.lane);
}

/** Whether `a` is served before `b`. */
export function goesFirst(a: Task, b: Task, now: number, agingStepMs: number): boolean {
  const byLane = effectiveLane(a, now, agingStepMs) - effectiveLane(b, now, agingStepMs);
  if (byLane !== 0) return byLane < 0;
  return (givenLane(a) - givenLane(b) || byAge(a, b)) < 0;
}

/** A capability has no space or line break in it, nor has a runner, and a pattern has no line break. */
function supplyKey({ capabilities, limits = [], runners = [], repositories = [] }: Agent): string {
  const offered = capabilities.join(' ');
  if (limits.length + runners.length + repositories.length === 0) return offered;
  const limited = limits.map(({ runner = '-', model }) => (model === undefined ? runner : `${runner}|${model}`)).sort();
  return [offered, limited.join(' '), runners.join(' '), ...repositories].join('\n');
}

function firstTaker(
  agents: Iterable<Agent> | undefined,
  task: Task,
  now: number,
  route: TaskRoute | undefined,
): Agent | undefined {
  for (const agent of agents ?? []) if (!isPassedOver(task, agent.name, now, route)) return agent;
  return undefined;
}

function isBetter(a: Agent, b: Agent, repo: string | undefined): boolean {
  const sameRepo = Number(b.lastRepo === repo) - Number(a.lastRepo === repo);
  if (repo !== undefined && sameRepo !== 0) return sameRepo < 0;
  return a.idleSince < b.idleSince;
}
