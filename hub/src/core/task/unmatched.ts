// What is queued and can go to no agent that is there, so that it waits for a person; busy agents are there, and so are drained ones. Work that a
// halt or a limit holds back waits for that instead.

import { mayUseRepository } from '../access/repositories.js';
import { type Agent, agentKey } from '../agent/agent.js';
import type { State } from '../state.js';
import { hasSkills, type Offered } from './skills.js';
import type { Task } from './task.js';
import { targetOf, type Wanted, wantedKey, wantedOf } from './wants.js';
import { holdersOnTask } from './why-holders.js';

/** As `task why` says it. */
export type UnmatchedCode = 'no_agents' | 'no_capable_agent' | 'agents_offline' | 'agents_unfit';

/** Tasks that wait for the same: with the same wants and, where agents are bound to other repositories, of one repository. */
export interface Unmatched {
  /** What they have in common; it stays the same. */
  readonly key: string;
  readonly code: UnmatchedCode;
  readonly wanted: Wanted;
  readonly oldest: Task;
  /** The one that all of them are of. */
  repo: string | undefined;
  count: number;
}

/** The better comes first. */
const STANDINGS = ['there', 'unfit', 'offline'] as const;
type Standing = (typeof STANDINGS)[number];

interface Lack {
  readonly code: UnmatchedCode;
  /** More could take it if it were of another repository. */
  readonly isOfRepository: boolean;
}

interface Kind {
  readonly offered: Offered;
  readonly repositories: Agent['repositories'];
  /** Of the best of its agents. */
  standing: Standing;
}

/** Tasks that are looked at, and what is wanted at what is offered: more is not looked at in one go. */
const TASKS_MAX = 1_000;
const LOOKS_MAX = 20_000;

/** `queued` has the oldest first, and no more than whoever asks may see. */
export function unmatchedTasks(state: State, org: string, queued: Iterable<Task>, now: number): Unmatched[] {
  const groups = new Map<string, Unmatched>();
  const lacks = new Map<string, Lack | undefined>();
  const agents = new AgentKinds(state, org, now);
  let left = TASKS_MAX;
  for (const task of queued) {
    if (left-- === 0 || agents.areSpent) break;
    const wanted = wantedOf(task);
    const repo = wanted.repo?.url;
    const wants = wantedKey(wanted).replaceAll('\n', ' ');
    const wantsThere = `${wants} @ ${repo ?? ''}`;
    if (!lacks.has(wantsThere)) lacks.set(wantsThere, agents.lackFor(wanted));
    const lack = lacks.get(wantsThere);
    if (lack === undefined || holdersOnTask(state, task).length > 0) continue;
    const { code, isOfRepository } = lack;
    const key = code === 'no_agents' ? code : isOfRepository ? wantsThere : wants;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { key, code, wanted, oldest: task, repo, count: 1 });
    else {
      group.count++;
      if (group.repo !== repo) group.repo = undefined;
    }
  }
  return [...groups.values()];
}

class AgentKinds {
  readonly #state: State;
  readonly #org: string;
  readonly #now: number;
  #kinds: Map<string, Kind> | undefined;
  #looksLeft = LOOKS_MAX;

  constructor(state: State, org: string, now: number) {
    this.#state = state;
    this.#org = org;
    this.#now = now;
  }

  get areSpent(): boolean {
    return this.#looksLeft <= 0;
  }

  /** Undefined where somebody is there for it. */
  lackFor(wanted: Wanted): Lack | undefined {
    if ((this.#state.agentsByOrg.get(this.#org)?.size ?? 0) === 0) return { code: 'no_agents', isOfRepository: false };
    let best: Standing | undefined;
    let bestAnywhere: Standing | undefined;
    for (const { offered, repositories, standing } of this.#kindsFor(wanted)) {
      this.#looksLeft--;
      if (better(standing, best) !== best && hasSkills(wanted, offered)) {
        bestAnywhere = better(standing, bestAnywhere);
        if (mayUseRepository(repositories, wanted.repo?.url)) best = standing;
      }
      if (best === 'there' || this.areSpent) return undefined;
    }
    const code = best === undefined ? 'no_capable_agent' : best === 'unfit' ? 'agents_unfit' : 'agents_offline';
    return { code, isOfRepository: bestAnywhere !== best };
  }

  /** One that a task names is alone in its kind. */
  #kindsFor({ needs }: Wanted): Iterable<Kind> {
    const target = targetOf(needs);
    if (target === undefined) {
      this.#kinds ??= this.#all();
      return this.#kinds.values();
    }
    const agent = this.#state.agents.get(agentKey(this.#org, target));
    return agent === undefined ? [] : [this.#kindOf(agent)];
  }

  #all(): Map<string, Kind> {
    const kinds = new Map<string, Kind>();
    for (const agent of this.#state.agentsByOrg.get(this.#org) ?? []) {
      const { key } = this.#state.matching.kindOf(agent);
      const known = kinds.get(key);
      if (known === undefined) kinds.set(key, this.#kindOf(agent));
      else if (known.standing !== 'there') known.standing = better(known.standing, this.#standingOf(agent));
    }
    return kinds;
  }

  #kindOf(agent: Agent): Kind {
    const { offered } = this.#state.matching.kindOf(agent);
    return { offered, repositories: agent.repositories, standing: this.#standingOf(agent) };
  }

  /** One that has just lost its link, as all do when the hub starts again, is taken to come back as long as its work would be kept. */
  #standingOf({ connection, unfit, linkChangedAt }: Agent): Standing {
    if (connection !== undefined) return unfit === undefined ? 'there' : 'unfit';
    const graceMs = this.#state.config.values.tasks.offlineGraceSeconds * 1000;
    return this.#now - linkChangedAt < graceMs ? 'there' : 'offline';
  }
}

function better(a: Standing, b: Standing | undefined): Standing {
  return b === undefined || STANDINGS.indexOf(a) < STANDINGS.indexOf(b) ? a : b;
}
