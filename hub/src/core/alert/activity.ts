// What happened lately, as rules look at it: in the state, so that a new leader or a restart neither loses a window nor begins one anew.
// Everything is counted where it is applied, and bounded.

import { type FailureClass, RESULTS_KEPT, type ResultLetter } from '@agentcom/schemas';
import { Counts, type MinuteCounts } from './counts.js';
import { type HourCosts, HourlySpending } from './hourly-spending.js';

/** How an attempt ended; without a class it completed. */
export interface AttemptEnd {
  readonly at: number;
  readonly task: string;
  readonly runner?: string | undefined;
  readonly class?: FailureClass | undefined;
  readonly code?: string | undefined;
  /** Its provider had too much to do, and the account of the machine was not to blame. */
  readonly overloaded?: boolean | undefined;
}

/** Of one agent, each oldest first. */
export interface AgentActivity {
  readonly ends: AttemptEnd[];
  /** When it lost its link, or another took its place. */
  readonly lostLinks: number[];
  /** When it did not accept an offer. */
  readonly missed: number[];
  /** How its last attempts ended, a letter for each: more of them than `ends`. */
  results: string;
}

/** Failures of one repository that are all the same. */
export interface FailureStreak {
  readonly class: string;
  readonly code: string;
  readonly since: number;
  last: number;
  times: number;
  readonly agents: string[];
}

/** What a host of repositories refused. */
export interface HostRefusals {
  readonly times: number[];
  code: string;
}

/** Kept for each agent: attempts, and other times. */
export const ENDS_KEPT = 5;
export const TIMES_KEPT = 16;
/** Agents that a streak names; as many failures are counted. */
const STREAK_MAX = 8;
/** Tasks named for what happened to many, and of those that are turned down. */
const NAMED = 20;
const TURNED_DOWN = 64;
/** Repositories and hosts looked at, those with the newest failures. */
const REPOSITORIES = 256;
const HOSTS = 64;

export interface OrgFacts {
  readonly minutes: readonly MinuteCounts[];
  /** Absent in what was kept before it was counted, and while nothing is spent. */
  readonly spending?: readonly HourCosts[];
  readonly assignedAt: number;
  readonly dead: readonly string[];
  readonly empty: readonly string[];
  readonly turnedDown: readonly string[];
  readonly streaks: readonly (readonly [string, FailureStreak])[];
  readonly hosts: readonly (readonly [string, HostRefusals])[];
}

export class OrgActivity {
  readonly counts: Counts;
  readonly spending: HourlySpending;
  /** When something was last assigned; 0 before. */
  assignedAt: number;
  /** The newest tasks that died, or were completed without much done. */
  readonly dead: string[];
  readonly empty: string[];
  /** Tasks that many offers were not accepted of. */
  readonly turnedDown: Set<string>;
  /** By repository. */
  readonly streaks: Map<string, FailureStreak>;
  readonly hosts: Map<string, HostRefusals>;
  /** By name. */
  readonly agents = new Map<string, AgentActivity>();
  /** Of these, so that rules need not look through a large fleet of which most have had nothing: an attempt did not complete. */
  readonly failed = new Map<string, AgentActivity>();
  readonly missedOffers = new Map<string, AgentActivity>();
  readonly lostLinks = new Map<string, AgentActivity>();

  constructor(facts?: OrgFacts) {
    this.counts = new Counts(facts?.minutes);
    this.spending = new HourlySpending(facts?.spending);
    this.assignedAt = facts?.assignedAt ?? 0;
    this.dead = [...(facts?.dead ?? [])];
    this.empty = [...(facts?.empty ?? [])];
    this.turnedDown = new Set(facts?.turnedDown);
    this.streaks = new Map(facts?.streaks);
    this.hosts = new Map(facts?.hosts);
  }

  dump(): OrgFacts {
    const spending = this.spending.dump();
    const { counts, assignedAt, dead, empty, turnedDown, streaks, hosts } = this;
    return {
      minutes: counts.dump(),
      ...(spending.length > 0 && { spending }),
      assignedAt,
      dead,
      empty,
      turnedDown: [...turnedDown],
      streaks: [...streaks],
      hosts: [...hosts],
    };
  }

  ended(name: string, end: AttemptEnd): void {
    const agent = this.#agent(name);
    keep(agent.ends, end, ENDS_KEPT);
    agent.results = (agent.results + letterOf(end)).slice(-RESULTS_KEPT);
    this.#noteFailed(name, agent);
  }

  /** What was given up as lost goes on, as if it had never ended. */
  wentOn(name: string): void {
    const agent = this.agents.get(name);
    if (agent?.results.endsWith(LOST) === true) agent.results = agent.results.slice(0, -1);
  }

  missed(name: string, at: number): void {
    const agent = this.#agent(name);
    keep(agent.missed, at, TIMES_KEPT);
    this.missedOffers.set(name, agent);
  }

  lostLink(name: string, at: number): void {
    const agent = this.#agent(name);
    keep(agent.lostLinks, at, TIMES_KEPT);
    this.lostLinks.set(name, agent);
  }

  /** What was kept before results were has as many of them as ends. */
  restore(name: string, { results, ...facts }: Omit<AgentActivity, 'results'> & Partial<AgentActivity>): void {
    const agent = { ...facts, results: results ?? facts.ends.map(letterOf).join('') };
    this.agents.set(name, agent);
    this.#noteFailed(name, agent);
    if (agent.missed.length > 0) this.missedOffers.set(name, agent);
    if (agent.lostLinks.length > 0) this.lostLinks.set(name, agent);
  }

  forget(name: string): void {
    for (const all of [this.agents, this.failed, this.missedOffers, this.lostLinks]) all.delete(name);
  }

  #agent(name: string): AgentActivity {
    let agent = this.agents.get(name);
    if (agent === undefined) {
      agent = { ends: [], lostLinks: [], missed: [], results: '' };
      this.agents.set(name, agent);
    }
    return agent;
  }

  #noteFailed(name: string, agent: AgentActivity): void {
    if (agent.ends.some((end) => end.class !== undefined)) this.failed.set(name, agent);
    else this.failed.delete(name);
  }

  died(task: string): void {
    keep(this.dead, task, NAMED);
  }

  completedEmpty(task: string): void {
    keep(this.empty, task, NAMED);
  }

  turnDown(task: string): void {
    putLast(this.turnedDown, task);
    if (this.turnedDown.size > TURNED_DOWN) this.turnedDown.delete(first(this.turnedDown));
  }

  /** Another failure in the repository; another code begins a new streak. */
  failedIn(repo: string, agent: string, failure: { readonly class: string; readonly code: string }, at: number): void {
    const before = this.streaks.get(repo);
    const isSame = before?.class === failure.class && before.code === failure.code;
    const streak = isSame ? before : { ...named(failure), since: at, last: at, times: 0, agents: [] };
    streak.last = at;
    streak.times = Math.min(STREAK_MAX, streak.times + 1);
    if (!streak.agents.includes(agent) && streak.agents.length < STREAK_MAX) streak.agents.push(agent);
    this.streaks.delete(repo);
    this.streaks.set(repo, streak);
    if (this.streaks.size > REPOSITORIES) this.streaks.delete(first(this.streaks.keys()));
  }

  succeededIn(repo: string): void {
    this.streaks.delete(repo);
  }

  refusedBy(host: string, code: string, at: number): void {
    const refusals = this.hosts.get(host) ?? { times: [], code };
    refusals.code = code;
    keep(refusals.times, at, TIMES_KEPT);
    this.hosts.delete(host);
    this.hosts.set(host, refusals);
    if (this.hosts.size > HOSTS) this.hosts.delete(first(this.hosts.keys()));
  }
}

export class Activity {
  readonly #orgs = new Map<string, OrgActivity>();
  /** When a hub took the lead after another, or after itself, oldest first; the leader's version, and since when. */
  hub: { readonly elections: number[]; version: string; versionSince: number } = {
    elections: [],
    version: '',
    versionSince: 0,
  };

  /** Undefined where nothing happened yet. */
  of(org: string): OrgActivity | undefined {
    return this.#orgs.get(org);
  }

  org(name: string): OrgActivity {
    let org = this.#orgs.get(name);
    if (org === undefined) {
      org = new OrgActivity();
      this.#orgs.set(name, org);
    }
    return org;
  }

  restore(name: string, facts: OrgFacts): void {
    this.#orgs.set(name, new OrgActivity(facts));
  }

  forget(org: string, agent: string): void {
    this.of(org)?.forget(agent);
  }

  /** By name, in the order of the names. */
  *orgs(): Iterable<readonly [string, OrgActivity]> {
    for (const name of [...this.#orgs.keys()].sort()) yield [name, this.#orgs.get(name) as OrgActivity];
  }

  elected(version: string, at: number): void {
    // The first leader has followed nobody.
    if (this.hub.version !== '') keep(this.hub.elections, at, TIMES_KEPT);
    if (version === this.hub.version) return;
    this.hub.version = version;
    this.hub.versionSince = at;
  }
}

const LOST: ResultLetter = 'l';
const LETTERS: Readonly<Record<FailureClass, ResultLetter>> = {
  transient: 'f',
  verification: 'f',
  permanent: 'f',
  budget: 'f',
  timeout: 't',
  lost: LOST,
  machine: 'm',
  rate_limited: 'u',
};

function letterOf({ class: failure }: AttemptEnd): ResultLetter {
  return failure === undefined ? 'c' : LETTERS[failure];
}

/** Adds to a list of the newest. */
export function keep<T>(list: T[], item: T, max: number): void {
  list.push(item);
  if (list.length > max) list.shift();
}

function named({ class: kind, code }: { readonly class: string; readonly code: string }) {
  return { class: kind, code };
}

function putLast(set: Set<string>, item: string): void {
  set.delete(item);
  set.add(item);
}

function first(items: Iterable<string>): string {
  for (const item of items) return item;
  return '';
}
