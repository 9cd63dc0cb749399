// One decision under way: the events so far, already applied, so that what follows in the same decision sees them.

import type { Choice, Config } from '@agentcom/schemas';
import { type Agent, isAvailable } from './agent/agent.js';
import { apply } from './apply.js';
import { type Change, changeOf, taskOfEvent } from './change.js';
import type { CommandOf, CommandType, Replies } from './commands.js';
import type { Deadline } from './deadlines.js';
import type { Event } from './events.js';
import { offerTerms } from './limit/terms.js';
import { notice } from './notify/notices.js';
import { collectOutputs, type Output } from './outputs.js';
import type { Refusal } from './refusal.js';
import type { State } from './state.js';
import { effectiveLane, goesFirst, type OpenRoute } from './task/matching.js';
import { openRoutes } from './task/routes.js';
import type { Task } from './task/task.js';
import { wantedOf } from './task/wants.js';
import { whyNotBefore } from './task/why-routes.js';

/** What decisions take from outside, so that the same inputs decide the same. */
export interface Inputs {
  /** A new id, growing with time. */
  readonly newId: () => string;
  /** In [0, 1). */
  readonly random: () => number;
}

/** So far back that it is due already, however deadlines are rounded. */
const AT_ONCE_MS = 1_000;

/** Decides one kind of command. It refuses before its first event or not at all. */
export type Decide<T extends CommandType> = (decision: Decision, command: CommandOf<T>) => Replies[T] | Refusal;
export type DecisionTable<T extends CommandType> = { readonly [K in T]: Decide<K> };

export class Decision {
  readonly changes: Change[] = [];
  readonly outputs: Output[] = [];
  #unfinished: Deadline[] | undefined;
  #unmatched: { readonly tasks: Set<Task>; readonly agents: Set<Agent>; readonly back: Map<Task, string> } | undefined;

  constructor(
    readonly state: State,
    readonly now: number,
    readonly inputs: Inputs,
  ) {}

  /** The times and limits that decisions depend on; whatever follows from them stands in the events. */
  get config(): Config {
    return this.state.config.values;
  }

  emit(event: Event): void {
    // Of a task that is new nothing is found before: that would take a look through all of them.
    const task = event.type === 'task.submitted' ? undefined : taskOfEvent(this.state, event);
    const holder = task?.agent;
    const before = task?.state;
    apply(this.state, event, this.now);
    this.changes.push(changeOf(event, this.now, task ?? taskOfEvent(this.state, event)));
    collectOutputs(this.outputs, this.state, event, holder, this.now);
    if (task !== undefined && before !== undefined && task.state !== before) notice(this, task, before, event);
  }

  /** Offers a queued task to the agent that suits it best, if one is idle and no task goes before it there. */
  matchTask(task: Task): void {
    if (this.#unmatched !== undefined) return void this.#unmatched.tasks.add(task);
    if (this.#isPostponed) return;
    while (task.state === 'queued') {
      const agent = this.state.matching.agentFor(task, this.now);
      if (agent === undefined) return;
      this.#offer(this.#nextFor(agent) ?? task, agent);
    }
  }

  /** Offers a queued task to the agent that has its work, if that is idle and no task of a higher lane goes before it there. */
  matchBack(task: Task, name: string): void {
    if (this.#unmatched !== undefined) return void this.#unmatched.back.set(task, name);
    if (this.#isPostponed) return;
    while (task.state === 'queued') {
      const agent = this.state.matching.agentFor(task, this.now, name);
      if (agent === undefined) return;
      const next = this.#nextFor(agent) ?? task;
      const lane = (one: Task): number => effectiveLane(one, this.now, this.#agingStepMs);
      if (this.#offer(lane(next) < lane(task) ? next : task, agent)) return;
    }
  }

  /** Gives an available agent the task that comes first, if there is one. */
  matchAgent(agent: Agent): void {
    if (this.#unmatched !== undefined) return void this.#unmatched.agents.add(agent);
    if (this.#isPostponed) return;
    while (isAvailable(agent)) {
      const task = this.#nextFor(agent);
      if (task === undefined || this.#offer(task, agent)) return;
    }
  }

  /** Matches what `run` sets free once all of it is free, so that what comes first does not depend on the order in `run`. */
  matchTogether(run: () => void): void {
    const tasks = new Set<Task>();
    const agents = new Set<Agent>();
    const back = new Map<Task, string>();
    this.#unmatched = { tasks, agents, back };
    run();
    this.#unmatched = undefined;
    for (const [task, agent] of back) this.matchBack(task, agent);
    for (const agent of agents) this.matchAgent(agent);
    const inOrder = [...tasks].sort((a, b) => (goesFirst(a, b, this.now, this.#agingStepMs) ? -1 : 1));
    for (const task of inOrder) this.matchTask(task);
  }

  /** What is still due may set free a task that goes before all others: nothing is matched until the tick that ends it. */
  postponeMatching(): void {
    const { matching, deadlines } = this.state;
    matching.isPostponed = true;
    // In case all that is due is cleared before it fires.
    deadlines.set('matching', '', this.now);
  }

  /** Gives every idle agent the task that comes first, if that was postponed. */
  matchPostponed(): void {
    const { agents, matching } = this.state;
    if (!matching.isPostponed) return;
    matching.isPostponed = false;
    for (const agent of agents.values()) this.matchAgent(agent);
  }

  /** Gives idle agents what may go to them since another runner or model of a task is the first that is open. */
  matchRerouted(): void {
    for (const agent of this.state.matching.takeRerouted()) this.matchAgent(agent);
  }

  /** It is due again at once, in the next decision: there is more of it than one should do. */
  goOnWith(deadline: Deadline): void {
    this.#unfinished ??= [];
    this.#unfinished.push(deadline);
  }

  /** For the end of a tick: before, what is due again would be done in this one. */
  setUnfinished(): void {
    for (const { kind, id } of this.#unfinished ?? []) this.state.deadlines.set(kind, id, this.now - AT_ONCE_MS);
  }

  get #isPostponed(): boolean {
    const { matching, deadlines } = this.state;
    return matching.isPostponed && deadlines.nextAt() <= this.now;
  }

  get #agingStepMs(): number {
    return this.config.tasks.agingStepSeconds * 1000;
  }

  #nextFor(agent: Agent): Task | undefined {
    return this.state.matching.taskFor(agent, this.now, this.#agingStepMs);
  }

  /** False when a spend limit has no room for it: then that holds it back, with all others under it. */
  #offer(task: Task, agent: Agent): boolean {
    const open = wantedOf(task).routes === undefined ? undefined : this.state.matching.routeFor(task, this.now);
    const terms = this.state.limits.isEmpty ? {} : offerTerms(this, task, agent, open?.route);
    if (terms === undefined) return false;
    this.emit({
      type: 'task.assigned',
      task: task.id,
      agent: agent.name,
      generation: task.generation + 1,
      acceptBy: this.now + this.config.tasks.acceptTimeoutSeconds * 1000,
      ...terms,
      ...(open !== undefined && { choice: this.#choiceOf(task, open) }),
    });
    return true;
  }

  #choiceOf(task: Task, { route, place }: OpenRoute): Choice {
    const { runner, model } = route;
    const because = whyNotBefore(this.state, task, place);
    return {
      ...(runner !== undefined && { runner }),
      ...(model !== undefined && { model }),
      place: place + 1,
      of: openRoutes(task).length,
      ...(because !== undefined && { because }),
    };
  }
}
