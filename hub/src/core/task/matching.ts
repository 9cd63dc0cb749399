// Which task goes to which agent. Work is indexed by its set of needs, its runner and its lane, idle agents by their set of capabilities
// and the limits they have met, so a match costs the number of distinct sets, not of tasks. `why` explains a waiting task from the same index.

import { LANES } from '@agentcom/schemas';
import type { Agent, Task } from '../state.js';
import { AgeQueue } from './queue.js';

/** How many tasks that an agent is passed over for are looked past before the queue is left for later. */
const PASS_OVER_LOOKAHEAD = 256;

/** What a task asks of an agent. */
export interface Wanted {
  readonly needs: readonly string[];
  readonly runner?: string | undefined;
}

/** What an agent brings. */
export interface Skills {
  readonly capabilities: ReadonlySet<string>;
  /** The runners it says it has; null when it says nothing of them, and is offered tasks of any. */
  readonly runners: ReadonlySet<string> | null;
  /** The runners that have met a usage limit; null stands for the one it uses for tasks that name none. */
  readonly limited: ReadonlySet<string | null>;
}

/** How a capability names a runner. */
const RUNNER_PREFIX = 'runner:';

interface Demand extends Wanted {
  readonly lanes: readonly AgeQueue<Task>[];
  size: number;
}

/** Idle agents with one set of capabilities, longest idle first: both sets keep the order of insertion. */
interface Supply {
  readonly skills: Skills;
  readonly agents: Set<Agent>;
  readonly byRepo: Map<string, Set<Agent>>;
}

interface OrgIndex {
  readonly demand: Map<string, Demand>;
  readonly supply: Map<string, Supply>;
}

export class Matching {
  readonly #orgs = new Map<string, OrgIndex>();

  enqueue(task: Task): void {
    const { demand } = this.#org(task.org);
    const key = demandKey(task);
    let entry = demand.get(key);
    if (entry === undefined) {
      const { needs, runner } = task.spec;
      entry = { needs, runner, lanes: LANES.map(() => new AgeQueue<Task>()), size: 0 };
      demand.set(key, entry);
    }
    laneOf(entry, task).add(task);
    entry.size++;
  }

  dequeue(task: Task): void {
    const { demand } = this.#org(task.org);
    const key = demandKey(task);
    const entry = demand.get(key);
    if (entry === undefined) return;
    laneOf(entry, task).remove(task);
    if (--entry.size === 0) demand.delete(key);
  }

  offer(agent: Agent): void {
    const { supply } = this.#org(agent.org);
    const key = supplyKey(agent);
    let entry = supply.get(key);
    if (entry === undefined) {
      entry = { skills: skillsOf(agent), agents: new Set(), byRepo: new Map() };
      supply.set(key, entry);
    }
    entry.agents.add(agent);
    if (agent.lastRepo === null) return;
    const sameRepo = entry.byRepo.get(agent.lastRepo);
    if (sameRepo === undefined) entry.byRepo.set(agent.lastRepo, new Set([agent]));
    else sameRepo.add(agent);
  }

  withdraw(agent: Agent): void {
    const { supply } = this.#org(agent.org);
    const key = supplyKey(agent);
    const entry = supply.get(key);
    if (entry === undefined || !entry.agents.delete(agent)) return;
    if (agent.lastRepo !== null) {
      const sameRepo = entry.byRepo.get(agent.lastRepo);
      sameRepo?.delete(agent);
      if (sameRepo?.size === 0) entry.byRepo.delete(agent.lastRepo);
    }
    if (entry.agents.size === 0) supply.delete(key);
  }

  /** The agent for a queued task: one whose last task used the same repository, then the longest idle. */
  agentFor(task: Task, now: number): Agent | undefined {
    let best: Agent | undefined;
    const repo = task.spec.repo?.url;
    for (const entry of this.#org(task.org).supply.values()) {
      if (!mayTake(task.spec, entry.skills)) continue;
      const sameRepo = repo === undefined ? undefined : firstTaker(entry.byRepo.get(repo), task, now);
      const candidate = sameRepo ?? firstTaker(entry.agents, task, now);
      if (candidate !== undefined && (best === undefined || isBetter(candidate, best, repo))) best = candidate;
    }
    return best;
  }

  /** The task for an idle agent: the highest lane after aging, then the oldest. */
  taskFor(agent: Agent, now: number, agingStepMs: number): Task | undefined {
    const { demand, supply } = this.#org(agent.org);
    if (demand.size === 0) return undefined;
    const skills = supply.get(supplyKey(agent))?.skills ?? skillsOf(agent);
    const takes = (task: Task): boolean => !isPassedOver(task, agent.name, now);
    let best: Task | undefined;
    for (const entry of demand.values()) {
      if (!mayTake(entry, skills)) continue;
      for (const lane of entry.lanes) {
        const candidate = lane.first(takes, PASS_OVER_LOOKAHEAD);
        if (candidate === undefined) continue;
        if (best === undefined || goesFirst(candidate, best, now, agingStepMs)) best = candidate;
      }
    }
    return best;
  }

  /** Queued tasks per lane, summed over an organisation's sets of needs; in the order of `LANES`. */
  depths(org: string): number[] {
    const depths = LANES.map(() => 0);
    for (const entry of this.#org(org).demand.values()) {
      entry.lanes.forEach((lane, i) => {
        depths[i] = (depths[i] ?? 0) + lane.size;
      });
    }
    return depths;
  }

  #org(org: string): OrgIndex {
    let index = this.#orgs.get(org);
    if (index === undefined) {
      index = { demand: new Map(), supply: new Map() };
      this.#orgs.set(org, index);
    }
    return index;
  }
}

/** needs ⊆ capabilities. */
export function fits(needs: readonly string[], capabilities: ReadonlySet<string>): boolean {
  for (const need of needs) if (!capabilities.has(need)) return false;
  return true;
}

/** Able to do it, whatever keeps it from it just now. */
export function isAble(wanted: Wanted, skills: Skills): boolean {
  const hasRunner = wanted.runner === undefined || skills.runners === null || skills.runners.has(wanted.runner);
  return hasRunner && fits(wanted.needs, skills.capabilities);
}

/** Whether the runner it would need has met its usage limit. */
export function isLimited(wanted: Wanted, skills: Skills): boolean {
  return skills.limited.has(wanted.runner ?? null);
}

export function skillsOf(agent: Agent): Skills {
  const capabilities = new Set(agent.capabilities);
  const runners = agent.capabilities.filter((name) => name.startsWith(RUNNER_PREFIX));
  return {
    capabilities,
    runners: runners.length === 0 ? null : new Set(runners.map((name) => name.slice(RUNNER_PREFIX.length))),
    limited: new Set(agent.limits?.map(({ runner }) => runner)),
  };
}

export function isPassedOver(task: Task, agent: string, now: number): boolean {
  return task.passedOver?.some((entry) => entry.agent === agent && entry.until > now) ?? false;
}

/** Lane number after aging, 0 first and never below. */
export function effectiveLane(task: Task, now: number, agingStepMs: number): number {
  const risen = Math.floor(Math.max(0, now - task.queuedAt) / agingStepMs);
  return Math.max(0, LANES.indexOf(task.spec.lane) - risen);
}

/** Whether `a` is served before `b`. */
export function goesFirst(a: Task, b: Task, now: number, agingStepMs: number): boolean {
  const byLane = effectiveLane(a, now, agingStepMs) - effectiveLane(b, now, agingStepMs);
  if (byLane !== 0) return byLane < 0;
  return a.queuedAt < b.queuedAt || (a.queuedAt === b.queuedAt && a.id < b.id);
}

function mayTake(wanted: Wanted, skills: Skills): boolean {
  return isAble(wanted, skills) && !isLimited(wanted, skills);
}

/** Neither a need nor a runner has a space or a line break in it. */
function demandKey({ spec }: Task): string {
  return spec.runner === undefined ? spec.needs.join(' ') : `${spec.needs.join(' ')}\n${spec.runner}`;
}

function supplyKey({ capabilities, limits }: Agent): string {
  if (limits === undefined) return capabilities.join(' ');
  const limited = limits.map(({ runner }) => runner ?? '').sort();
  return `${capabilities.join(' ')}\n${limited.join('\n')}`;
}

function laneOf(entry: Demand, task: Task): AgeQueue<Task> {
  return entry.lanes[LANES.indexOf(task.spec.lane)] as AgeQueue<Task>;
}

function firstTaker(agents: Iterable<Agent> | undefined, task: Task, now: number): Agent | undefined {
  for (const agent of agents ?? []) if (!isPassedOver(task, agent.name, now)) return agent;
  return undefined;
}

function isBetter(a: Agent, b: Agent, repo: string | undefined): boolean {
  const sameRepo = Number(b.lastRepo === repo) - Number(a.lastRepo === repo);
  if (repo !== undefined && sameRepo !== 0) return sameRepo < 0;
  return a.idleSince < b.idleSince;
}
