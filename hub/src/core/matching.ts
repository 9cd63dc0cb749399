// Which task goes to which agent. Work is indexed by its set of needs and its lane, idle agents by their set of capabilities,
// so a match costs the number of distinct sets, not of tasks. `why` explains a waiting task from the same index.

import { LANES } from '@agentcom/schemas';
import { AgeQueue } from './queue.js';
import type { Agent, Task } from './state.js';

/** How many tasks that an agent is passed over for are looked past before the queue is left for later. */
const PASS_OVER_LOOKAHEAD = 256;

interface Demand {
  readonly needs: readonly string[];
  readonly lanes: readonly AgeQueue<Task>[];
  size: number;
}

/** Idle agents with one set of capabilities, longest idle first: both sets keep the order of insertion. */
interface Supply {
  readonly capabilities: ReadonlySet<string>;
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
    const key = task.spec.needs.join(' ');
    let entry = demand.get(key);
    if (entry === undefined) {
      entry = { needs: task.spec.needs, lanes: LANES.map(() => new AgeQueue<Task>()), size: 0 };
      demand.set(key, entry);
    }
    laneOf(entry, task).add(task);
    entry.size++;
  }

  dequeue(task: Task): void {
    const { demand } = this.#org(task.org);
    const key = task.spec.needs.join(' ');
    const entry = demand.get(key);
    if (entry === undefined) return;
    laneOf(entry, task).remove(task);
    if (--entry.size === 0) demand.delete(key);
  }

  offer(agent: Agent): void {
    const { supply } = this.#org(agent.org);
    const key = agent.capabilities.join(' ');
    let entry = supply.get(key);
    if (entry === undefined) {
      entry = { capabilities: new Set(agent.capabilities), agents: new Set(), byRepo: new Map() };
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
    const key = agent.capabilities.join(' ');
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
      if (!fits(task.spec.needs, entry.capabilities)) continue;
      const sameRepo = repo === undefined ? undefined : firstTaker(entry.byRepo.get(repo), task, now);
      const candidate = sameRepo ?? firstTaker(entry.agents, task, now);
      if (candidate !== undefined && (best === undefined || isBetter(candidate, best, repo))) best = candidate;
    }
    return best;
  }

  /** The task for an idle agent: the highest lane after aging, then the oldest. */
  taskFor(agent: Agent, now: number, agingStepMs: number): Task | undefined {
    const capabilities = new Set(agent.capabilities);
    const takes = (task: Task): boolean => !isPassedOver(task, agent.name, now);
    let best: Task | undefined;
    for (const entry of this.#org(agent.org).demand.values()) {
      if (!fits(entry.needs, capabilities)) continue;
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
