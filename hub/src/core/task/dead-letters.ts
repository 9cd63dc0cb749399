// Dead letters by organisation: in the order they died, by how they ended, and those of them that other tasks wait for.

import { runnerOf } from './routes.js';
import type { Task } from './task.js';

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
  readonly since: Map<string, number>;
  /** The one that died last. */
  newest: string;
}

interface OrgDeadLetters {
  /** Since when each is dead, ms; the oldest first. */
  readonly since: Map<string, number>;
  readonly parents: Set<string>;
  readonly groups: Map<string, DeadGroup>;
  /** By letter, since what it is grouped by changes before it is taken out. */
  readonly groupOf: Map<string, DeadGroup>;
}

export class DeadLetters {
  readonly #orgs = new Map<string, OrgDeadLetters>();

  /** In the order in which they died. */
  add(task: Task, hasChildren: boolean): void {
    const { since, parents, groups, groupOf } = this.#org(task.org);
    const at = diedAt(task);
    since.set(task.id, at);
    if (hasChildren) parents.add(task.id);
    const end = endOf(task);
    const group = groups.get(end.id) ?? { ...end, since: new Map(), newest: task.id };
    groups.set(group.id, group);
    groupOf.set(task.id, group);
    group.since.set(task.id, at);
    group.newest = task.id;
  }

  remove({ org, id }: Task): void {
    const own = this.#orgs.get(org);
    const group = own?.groupOf.get(id);
    own?.since.delete(id);
    own?.parents.delete(id);
    own?.groupOf.delete(id);
    if (group === undefined) return;
    group.since.delete(id);
    if (group.since.size === 0) own?.groups.delete(group.id);
    else if (group.newest === id) group.newest = lastOf(group.since.keys());
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
    return this.#orgs.get(org)?.since ?? new Map();
  }

  /** Those that others wait for. */
  parents(org: string): ReadonlySet<string> {
    return this.#orgs.get(org)?.parents ?? new Set();
  }

  /** In no order. */
  groups(org: string): Iterable<DeadGroup> {
    return this.#orgs.get(org)?.groups.values() ?? [];
  }

  #org(name: string): OrgDeadLetters {
    let org = this.#orgs.get(name);
    if (org === undefined) {
      org = { since: new Map(), parents: new Set(), groups: new Map(), groupOf: new Map() };
      this.#orgs.set(name, org);
    }
    return org;
  }
}

/** Nothing is remembered of a dead task behind its death. */
export function diedAt({ history, createdAt }: Task): number {
  return history?.[history.length - 1]?.at ?? createdAt;
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

function lastOf(ids: Iterable<string>): string {
  let last = '';
  for (const id of ids) last = id;
  return last;
}
