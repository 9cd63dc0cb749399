// Why each of many tasks is where it is, in a few words, as the rows of a list say it: the first of the reasons that `why` gives. Tasks that want the
// same are looked at once, and no more is looked at than a bound. It holds for one look at the state.

import { ellipsize, type RowWhy, type TaskSummary } from '@agentcom/schemas';
import { agentKey } from '../agent/agent.js';
import type { State } from '../state.js';
import type { Task } from './task.js';
import { taskSummary } from './view.js';
import { wantedKey, wantedOf } from './wants.js';
import { reasonsOf } from './why.js';
import { AgentsByOffer } from './why-agents.js';
import type { LinkSigns } from './why-held.js';
import { holdersOnTask } from './why-holders.js';
import type { Reason } from './why-texts.js';

export interface BriefContext {
  readonly now: number;
  /** What the link of an agent says, by the agent's key. */
  readonly signsOf: (agent: string) => LinkSigns | undefined;
  /** Whether whoever asks may know of all tasks that others wait for. */
  readonly seesParents: boolean;
}

const TEXT_CHARS = 80;
/** Agents looked at, one task after the other: what is left then is not known. */
const LOOKS_MAX = 100_000;
/** Farther back a task's place in the queue says little, and changes often. */
const PLACE_MAX = 10;

export class WhyInBrief {
  readonly #state: State;
  readonly #context: BriefContext;
  readonly #agents = new Map<string, AgentsByOffer>();
  /** By organisation, wants and repository, where nothing else makes a difference. */
  readonly #alike = new Map<string, Reason | undefined>();
  #looks = 0;

  constructor(state: State, context: BriefContext) {
    this.#state = state;
    this.#context = context;
  }

  /** Whether nothing more is looked at this time. */
  get isSpent(): boolean {
    return this.#looks >= LOOKS_MAX;
  }

  /** With why it is where it is. */
  rowOf(task: Task): TaskSummary {
    const why = this.of(task);
    return { ...taskSummary(task), ...(why !== undefined && { why }) };
  }

  /** Undefined when there is nothing to say, as while it runs, and when `isSpent`. */
  of(task: Task): RowWhy | undefined {
    if (task.state === 'completed' || task.state === 'cancelled') return undefined;
    const reason = task.state === 'queued' ? this.#queued(task) : this.#first(task);
    if (reason === undefined || reason.brief === '') return undefined;
    const { code, until } = reason;
    const text = code === 'agents_busy' ? turnText(this.#state, task, reason) : reason.brief;
    return { code, text: ellipsize(text, TEXT_CHARS), ...(until !== undefined && { until }) };
  }

  #queued(task: Task): Reason | undefined {
    const wanted = wantedOf(task);
    if (wanted.routes !== undefined || task.passedOver !== undefined || isHeld(this.#state, task))
      return this.#first(task);
    const key = `${task.org}\n${wantedKey(wanted)}\n${wanted.repo?.url ?? ''}`;
    if (this.#alike.has(key)) return this.#alike.get(key);
    const reason = this.#first(task);
    if (!this.isSpent) this.#alike.set(key, reason);
    return reason;
  }

  #first(task: Task): Reason | undefined {
    const { now, signsOf, seesParents } = this.#context;
    if (task.state === 'queued' && this.isSpent) return undefined;
    const agents = this.#agentsOf(task);
    const before = agents?.looks ?? 0;
    const signs = task.agent === undefined ? undefined : signsOf(agentKey(task.org, task.agent));
    const context = { now, signs, sees: () => seesParents, ...(agents !== undefined && { agents }) };
    const [reason] = reasonsOf(this.#state, task, context);
    this.#looks += (agents?.looks ?? 0) - before;
    return reason;
  }

  #agentsOf({ state, org }: Task): AgentsByOffer | undefined {
    if (state !== 'queued') return undefined;
    let agents = this.#agents.get(org);
    if (agents === undefined) {
      agents = new AgentsByOffer(this.#state, org);
      this.#looks += agents.all.length;
      this.#agents.set(org, agents);
    }
    return agents;
  }
}

/** Perhaps for its labels, or for who submitted it. */
function isHeld(state: State, task: Task): boolean {
  return holdersOnTask(state, task).length > 0;
}

function turnText({ matching }: State, task: Task, { brief }: Reason): string {
  const before = matching.countBefore(task);
  if (before === 0) return `next when an agent is free (${brief})`;
  if (before >= PLACE_MAX) return `waits for its turn (${brief})`;
  return `${before} like it ${before === 1 ? 'goes' : 'go'} first (${brief})`;
}
