// The agents of an organisation by what they offer, looked at once for all tasks that are asked about. It holds for one look at the state.

import { mayUseRepository } from '../access/repositories.js';
import { type Agent, agentKey } from '../agent/agent.js';
import type { State } from '../state.js';
import { hasSkills, type Offered, type Skills, skillsOf } from './skills.js';
import { targetOf, type Wanted } from './wants.js';

/** Agents with the same capabilities and bounds. */
export interface OfferedKind {
  readonly offered: Offered;
  readonly repositories: Agent['repositories'];
  readonly agents: number;
}

/** What a kind offers takes so many times as long to look through as how an agent is. */
const LOOKS_PER_KIND = 8;

export class AgentsByOffer {
  readonly all: readonly Agent[];
  /** Agents that were looked at so far, one task after the other. */
  looks = 0;
  readonly #state: State;
  readonly #org: string;
  readonly #kinds: (OfferedKind & { agents: number })[] = [];
  /** Of each agent, in their order. */
  readonly #kindOf: number[] = [];

  constructor(state: State, org: string) {
    this.#state = state;
    this.#org = org;
    this.all = [...(state.agentsByOrg.get(org) ?? [])];
    const places = new Map<string, number>();
    for (const agent of this.all) {
      const { key, offered } = state.matching.kindOf(agent);
      const place = places.get(key) ?? this.#kinds.length;
      const kind = this.#kinds[place];
      if (kind === undefined) {
        places.set(key, place);
        this.#kinds.push({ offered, repositories: agent.repositories, agents: 1 });
      } else kind.agents++;
      this.#kindOf.push(place);
    }
  }

  /** Able to do it, whatever keeps them from it just now. */
  able(wanted: Wanted): Agent[] {
    const isAble = ({ offered, repositories }: Pick<OfferedKind, 'offered' | 'repositories'>): boolean =>
      mayUseRepository(repositories, wanted.repo?.url) && hasSkills(wanted, offered);
    const target = targetOf(wanted.needs);
    if (target !== undefined) {
      this.looks++;
      const agent = this.#state.agents.get(agentKey(this.#org, target));
      if (agent === undefined) return [];
      return isAble({ repositories: agent.repositories, offered: this.offeredBy(agent) }) ? [agent] : [];
    }
    const able = this.kinds.map(isAble);
    this.looks += this.all.length;
    return this.all.filter((_, i) => able[this.#kindOf[i] as number]);
  }

  /** Of the one that a task names, where it names one. */
  kindsFor({ needs }: Wanted): readonly OfferedKind[] {
    const target = targetOf(needs);
    if (target === undefined) return this.kinds;
    const agent = this.#state.agents.get(agentKey(this.#org, target));
    return agent === undefined ? [] : [{ offered: this.offeredBy(agent), repositories: agent.repositories, agents: 1 }];
  }

  get kinds(): readonly OfferedKind[] {
    this.looks += this.#kinds.length * LOOKS_PER_KIND;
    return this.#kinds;
  }

  has(name: string): boolean {
    return this.#state.agents.has(agentKey(this.#org, name));
  }

  offeredBy(agent: Agent): Offered {
    return this.#state.matching.kindOf(agent).offered;
  }

  skillsOf(agent: Agent): Skills {
    return skillsOf(agent, this.offeredBy(agent));
  }
}
