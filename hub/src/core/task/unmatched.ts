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

/** Tasks with the same wants, of one repository. */
export interface Unmatched {
  /** What they have in common; it stays the same. */
  readonly key: string;
  readonly code: UnmatchedCode;
  readonly wanted: Wanted;
  readonly oldest: Task;
  count: number;
}

/** The better comes first. */
const STANDINGS = ['there', 'unfit', 'offline'] as const;
type Standing = (typeof STANDINGS)[number];

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
  const groups = new Map<string, Unmatched | undefined>();
  const agents = new AgentKinds(state, org, now);
  let left = TASKS_MAX;
  for (const task of queued) {
    if (left-- === 0 || agents.areSpent) break;
    const wanted = wantedOf(task);
    const key = `${wantedKey(wanted)} ${wanted.repo?.url ?? ''}`.replaceAll('\n', ' ').trim();
    let group = groups.get(key);
    if (group === undefined && !groups.has(key)) {
      const code = agents.codeFor(wanted);
      group = code === undefined ? undefined : { key, code, wanted, oldest: task, count: 0 };
      groups.set(key, group);
    }
    if (group === undefined) continue;
    if (holdersOnTask(state, task).length === 0) group.count++;
    else if (group.count === 0) groups.delete(key);
  }
  return [...groups.values()].filter((group) => group !== undefined);
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
  codeFor(wanted: Wanted): UnmatchedCode | undefined {
    if ((this.#state.agentsByOrg.get(this.#org)?.size ?? 0) === 0) return 'no_agents';
    let best: Standing | undefined;
    for (const { offered, repositories, standing } of this.#kindsFor(wanted)) {
      this.#looksLeft--;
      const isBetter = best === undefined || STANDINGS.indexOf(standing) < STANDINGS.indexOf(best);
      if (isBetter && mayUseRepository(repositories, wanted.repo?.url) && hasSkills(wanted, offered)) best = standing;
      if (best === 'there' || this.areSpent) return undefined;
    }
    if (best === undefined) return 'no_capable_agent';
    return best === 'unfit' ? 'agents_unfit' : 'agents_offline';
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

function better(a: Standing, b: Standing): Standing {
  return STANDINGS.indexOf(a) <= STANDINGS.indexOf(b) ? a : b;
}
