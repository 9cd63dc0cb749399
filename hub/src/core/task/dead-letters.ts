// Dead letters by organisation: in the order they died, by how they ended, and those of them that other tasks wait for.

import { DeathOrder } from './death-order.js';
import { runnerOf } from './routes.js';
import type { Task } from './task.js';

/** How the history has it that a requeue was undone. */
export const UNDONE = 'requeue_undone';

/** Dead letters that ended in the same way. */
export interface DeadGroup {
  /** The same for the same ends, in one organisation. */
  readonly id: string;
  /** Of the last error; without one, of the cause of death. */
  readonly class: string | undefined;
  readonly code: string;
  readonly repo: string | undefined;
  readonly runner: string | undefined;
  /** Since when each is dead, ms; the oldest first. */
  readonly since: ReadonlyMap<string, number>;
  /** The one that died last. */
  readonly newest: string;
}

interface KeptGroup {
  readonly end: ReturnType<typeof endOf>;
  readonly order: DeathOrder;
}

interface OrgDeadLetters {
  readonly order: DeathOrder;
  readonly parents: Set<string>;
  readonly groups: Map<string, KeptGroup>;
  /** By letter, since what it is grouped by changes before it is taken out. */
  readonly groupOf: Map<string, KeptGroup>;
}

export class DeadLetters {
  readonly #orgs = new Map<string, OrgDeadLetters>();

  add(task: Task, hasChildren: boolean): void {
    const { order, parents, groups, groupOf } = this.#org(task.org);
    const at = diedAt(task);
    order.add(task.id, at);
    if (hasChildren) parents.add(task.id);
    const end = endOf(task);
    const group = groups.get(end.id) ?? { end, order: new DeathOrder() };
    groups.set(end.id, group);
    groupOf.set(task.id, group);
    group.order.add(task.id, at);
  }

  remove({ org, id }: Task): void {
    const own = this.#orgs.get(org);
    const group = own?.groupOf.get(id);
    own?.order.remove(id);
    own?.parents.delete(id);
    own?.groupOf.delete(id);
    if (group === undefined) return;
    group.order.remove(id);
    if (group.order.isEmpty) own?.groups.delete(group.end.id);
  }

  /** A task waits for one that is dead. */
  waitedFor({ org, id }: Task): void {
    this.#org(org).parents.add(id);
  }

  /** Nothing waits for it any more. */
  free(org: string, id: string): void {
    this.#orgs.get(org)?.parents.delete(id);
  }

  /** Since when each is dead, the oldest first. */
  since(org: string): ReadonlyMap<string, number> {
    return this.#orgs.get(org)?.order.since ?? new Map();
  }

  /** Those that others wait for. */
  parents(org: string): ReadonlySet<string> {
    return this.#orgs.get(org)?.parents ?? new Set();
  }

  /** In no order. */
  *groups(org: string): Iterable<DeadGroup> {
    for (const { end, order } of this.#orgs.get(org)?.groups.values() ?? [])
      yield { ...end, since: order.since, newest: order.newest };
  }

  #org(name: string): OrgDeadLetters {
    let org = this.#orgs.get(name);
    if (org === undefined) {
      org = { order: new DeathOrder(), parents: new Set(), groups: new Map(), groupOf: new Map() };
      this.#orgs.set(name, org);
    }
    return org;
  }
}

/** Behind its death nothing is remembered of a dead task, but that a requeue was undone. */
export function diedAt({ history, createdAt }: Task): number {
  const last = history?.[history.length - 1];
  if (last?.event !== UNDONE) return last?.at ?? createdAt;
  return history?.findLast(({ event }) => event === 'dead')?.at ?? last.at;
}

/** How a dead task ended, which says what group it belongs to. */
export function endOf(task: Task): Pick<DeadGroup, 'id' | 'class' | 'code' | 'repo' | 'runner'> {
  const { attemptLog, death, spec } = task;
  const error = death === 'no_taker' ? undefined : attemptLog?.[attemptLog.length - 1]?.error;
  const end = {
    class: error?.class,
    code: error?.code ?? death ?? 'permanent',
    repo: spec.repo?.url,
    runner: runnerOf(task),
  };
  return { id: [end.class, end.code, end.repo, end.runner].map((part) => part ?? '-').join(' '), ...end };
}
