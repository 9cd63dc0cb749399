// The state as one caller may see it. What lies out of its reach is not there: not in lists, not in counts, and not as the id of a task
// that something visible names.

import {
  type Action,
  type AgentState,
  type AgentView,
  LANES,
  type Lane,
  type TaskState,
  type TaskView,
  type Why,
} from '@agentcom/schemas';
import type { Key } from '../core/access/access.js';
import { type Agent, agentKey } from '../core/agent/agent.js';
import { type AgentSurroundings, agentState, agentView } from '../core/agent/view.js';
import type { ConfigState } from '../core/config/config.js';
import type { State } from '../core/state.js';
import { countTasks, listTasks, matchingTasks, type TaskFilter, type TaskPage } from '../core/task/list-tasks.js';
import { noTasks, type Task } from '../core/task/task.js';
import { taskView, type UnfilledTask } from '../core/task/view.js';
import { why } from '../core/task/why.js';
import { endedReasons, type LinkSigns } from '../core/task/why-held.js';
import { type Caller, callerName } from './authenticate.js';
import { type Reach, reachOf } from './policy.js';

type WantedTasks = Omit<TaskFilter, 'org' | 'by'> & {
  /** Only what the caller submitted. */
  readonly mine?: boolean | undefined;
};

/** What a view of a task reveals about others. */
type Tells = Pick<TaskView, 'overlaps' | 'history' | 'createdBy' | 'cancel' | 'names'>;

const ABOUT_TASKS: readonly Action[] = [
  'tasks.submit',
  'tasks.change',
  'deadLetters.read',
  'deadLetters.change',
  'stats.read',
];
const ABOUT_AGENTS: readonly Action[] = ['agents.drain', 'agents.resume', 'agents.remove'];

/**
 * What `action` is about is there as far as the caller's reach goes for it, everything else as far as the caller may read it. Nobody sees
 * nothing. `state` is looked at when it is asked, so a view must not outlive the look it was made for.
 */
export function viewOf(state: State, caller: Caller | undefined, action: Action | 'public'): View {
  return new View(state, caller, action);
}

export class View {
  readonly #state: State;
  readonly #org: string | undefined;
  /** As whoever submitted what it submitted. */
  readonly #by: string;
  readonly #agent: string | undefined;
  readonly #tasks: Reach | undefined;
  readonly #agents: Reach | undefined;
  readonly #keys: Reach | undefined;

  constructor(state: State, caller: Caller | undefined, action: Action | 'public') {
    this.#state = state;
    this.#org = caller?.org;
    this.#by = caller === undefined ? '' : callerName(caller);
    this.#agent = caller?.agent;
    const among = (actions: readonly Action[]): Action | undefined => actions.find((one) => one === action);
    this.#tasks = caller && reachOf(caller, among(ABOUT_TASKS) ?? 'tasks.read');
    this.#agents = caller && reachOf(caller, among(ABOUT_AGENTS) ?? 'agents.read');
    this.#keys = caller && reachOf(caller, 'keys.manage');
  }

  task(id: string): Task | undefined {
    const task = this.#state.tasks.get(id);
    return task !== undefined && this.#seesTask(task.org, task.by) ? task : undefined;
  }

  /** Newest first, by the indexes. */
  *tasks({ mine, ...wanted }: WantedTasks = {}): Iterable<Task> {
    const reach = this.#taskReach(mine);
    if (reach !== undefined) yield* matchingTasks(this.#state, { ...wanted, ...reach });
  }

  /** The same by pages; `cursor` is the last id of the page before. */
  taskPage({ mine, ...wanted }: WantedTasks, limit: number, cursor?: string): TaskPage {
    const reach = this.#taskReach(mine);
    return reach === undefined ? { tasks: [] } : listTasks(this.#state, { ...wanted, ...reach }, limit, cursor);
  }

  /** How many there are; undefined when that is not known after a look at `most`. */
  taskCount({ mine, ...wanted }: WantedTasks, most: number): number | undefined {
    const reach = this.#taskReach(mine);
    return reach === undefined ? 0 : countTasks(this.#state, { ...wanted, ...reach }, most);
  }

  taskView(id: string): UnfilledTask | undefined {
    const task = this.task(id);
    return task && this.#cut(taskView(task));
  }

  /** A task that has left memory. */
  archived(task: TaskView): TaskView | undefined {
    return this.#seesTask(task.org, task.createdBy) ? this.#cut(task) : undefined;
  }

  /** `signsOf` knows what the link of an agent says. */
  why(id: string, now: number, signsOf: (agent: string) => LinkSigns | undefined): Why | undefined {
    const task = this.task(id);
    if (task === undefined) return undefined;
    const signs = task.agent === undefined ? undefined : signsOf(agentKey(task.org, task.agent));
    return why(this.#state, task, { now, signs, nameOf: (by) => this.#nameOf(by) ?? by });
  }

  /** How a task ended that has left memory. */
  whyEnded(task: TaskView): Why {
    return { task: task.id, state: task.state, reasons: endedReasons(task, (by) => this.#nameOf(by) ?? by) };
  }

  taskCounts(): Record<TaskState, number> {
    if (this.#tasks === 'org' && this.#org !== undefined) return this.#state.taskIndex.counts(this.#org);
    const counts = noTasks();
    for (const task of this.tasks()) counts[task.state]++;
    return counts;
  }

  queuedByLane(): Record<Lane, number> {
    const depths = this.#tasks === 'org' && this.#org !== undefined ? this.#state.matching.depths(this.#org) : [];
    const counts = Object.fromEntries(LANES.map((lane, i) => [lane, depths[i] ?? 0])) as Record<Lane, number>;
    if (this.#tasks === 'own') {
      for (const task of this.tasks({ states: ['queued'] })) counts[task.spec.lane]++;
    }
    return counts;
  }

  /** Whether figures of the whole organisation are the caller's to see. */
  get seesAllTasks(): boolean {
    return this.#tasks === 'org';
  }

  agent(name: string): Agent | undefined {
    const agent = this.#org === undefined ? undefined : this.#state.agents.get(agentKey(this.#org, name));
    return agent !== undefined && this.#seesAgent(agent) ? agent : undefined;
  }

  agents(): Agent[] {
    const ofOrg = this.#org === undefined ? undefined : this.#state.agentsByOrg.get(this.#org);
    return [...(ofOrg ?? [])].filter((agent) => this.#seesAgent(agent));
  }

  agentState(agent: Agent): AgentState {
    return agentState(this.#state, agent);
  }

  agentView(agent: Agent, around: AgentSurroundings): AgentView {
    const { task, generation, stopping, ...view } = agentView(this.#state, agent, around);
    return {
      ...view,
      ...(task !== undefined && this.#maySeeHeld(agent, task) && { task, generation }),
      ...(stopping !== undefined && this.#maySeeHeld(agent, stopping.task) && { stopping }),
    };
  }

  /** The hub's own; routes let only those look at it who may. */
  get config(): ConfigState {
    return this.#state.config;
  }

  keys(): Key[] {
    return this.#keys === undefined ? [] : [...this.#state.keys.values()].filter(({ org }) => org === this.#org);
  }

  #taskReach(mine = false): Pick<TaskFilter, 'org' | 'by'> | undefined {
    if (this.#org === undefined || this.#tasks === undefined) return undefined;
    return { org: this.#org, by: mine || this.#tasks === 'own' ? this.#by : undefined };
  }

  #seesTask(org: string, by: string): boolean {
    if (org !== this.#org) return false;
    return this.#tasks === 'org' || (this.#tasks === 'own' && by === this.#by);
  }

  #seesAgent({ org, name }: Agent): boolean {
    if (org !== this.#org) return false;
    return this.#agents === 'org' || (this.#agents === 'self' && name === this.#agent);
  }

  /** An agent knows what it holds itself. */
  #maySeeHeld(agent: Agent, task: string): boolean {
    return agent.name === this.#agent || this.task(task) !== undefined;
  }

  /** The name that whoever made a key gave it; undefined for agents, which are called by theirs. */
  #nameOf(by: string): string | undefined {
    const id = /^key:(.+)$/.exec(by)?.[1];
    if (id === undefined) return undefined;
    for (const key of this.#state.keys.values()) if (key.id === id && key.org === this.#org) return key.name;
    return undefined;
  }

  #cut<T extends Tells>(view: T): T {
    const named = this.#reachCut(view);
    const callers = [
      view.createdBy,
      view.cancel?.by,
      ...named.history.map(({ detail = '' }) => /^key:[^,\s]+/.exec(detail)?.[0]),
    ];
    const names = [...new Set(callers)].flatMap((by) => {
      const name = by === undefined ? undefined : this.#nameOf(by);
      return name === undefined ? [] : [[by, name] as const];
    });
    return names.length === 0 ? named : { ...named, names: Object.fromEntries(names) };
  }

  #reachCut<T extends Tells>(view: T): T {
    if (this.#tasks === 'org') return view;
    const overlaps = view.overlaps?.filter(({ task }) => this.task(task) !== undefined);
    return {
      ...view,
      ...(overlaps !== undefined && { overlaps }),
      // The text of such an entry names the other task.
      history: view.history.filter(({ event }) => event !== 'overlapped'),
    };
  }
}
