// Tasks by organisation and state, and by who submitted them, oldest first: lists and counts cost what they show, however many tasks
// there are.

import { TASK_STATES, type TaskState } from '@agentcom/schemas';
import { OrderedList } from '../ordered-list.js';
import { noTasks, type Task } from './task.js';

interface OrgTasks {
  readonly byState: Readonly<Record<TaskState, OrderedList<Task>>>;
  readonly bySubmitter: Map<string, OrderedList<Task>>;
}

export class TaskIndex {
  readonly #orgs = new Map<string, OrgTasks>();
  #nextOrder = 0;

  /** For the task that comes next. */
  nextOrder(): number {
    return this.#nextOrder++;
  }

  add(task: Task): void {
    const { byState, bySubmitter } = this.#org(task.org);
    byState[task.state].add(task);
    const own = bySubmitter.get(task.by);
    if (own !== undefined) return own.add(task);
    const first = new OrderedList(byOrder);
    first.add(task);
    bySubmitter.set(task.by, first);
  }

  remove(task: Task): void {
    const { byState, bySubmitter } = this.#org(task.org);
    byState[task.state].remove(task);
    const own = bySubmitter.get(task.by);
    own?.remove(task);
    if (own?.size === 0) bySubmitter.delete(task.by);
  }

  /** Its state has changed. */
  move(task: Task, from: TaskState): void {
    const { byState } = this.#org(task.org);
    byState[from].remove(task);
    byState[task.state].add(task);
  }

  ofState(org: string, state: TaskState): OrderedList<Task> | undefined {
    return this.#orgs.get(org)?.byState[state];
  }

  ofSubmitter(org: string, by: string): OrderedList<Task> | undefined {
    return this.#orgs.get(org)?.bySubmitter.get(by);
  }

  /** That have or had tasks. */
  orgs(): Iterable<string> {
    return this.#orgs.keys();
  }

  /** Of all organisations, in no order; must not be changed on the way. */
  *all(state: TaskState): Iterable<Task> {
    for (const { byState } of this.#orgs.values()) yield* byState[state].descending();
  }

  /** Of one organisation, or of all. */
  counts(org?: string): Record<TaskState, number> {
    const counts = noTasks();
    for (const [name, { byState }] of this.#orgs) {
      if (org !== undefined && name !== org) continue;
      for (const state of TASK_STATES) counts[state] += byState[state].size;
    }
    return counts;
  }

  #org(name: string): OrgTasks {
    let org = this.#orgs.get(name);
    if (org === undefined) {
      const lists = TASK_STATES.map((state) => [state, new OrderedList(byOrder)]);
      org = { byState: Object.fromEntries(lists) as OrgTasks['byState'], bySubmitter: new Map() };
      this.#orgs.set(name, org);
    }
    return org;
  }
}

function byOrder(a: Task, b: Task): number {
  return a.order - b.order;
}
