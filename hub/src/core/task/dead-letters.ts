// Dead letters by organisation: in the order they died, and those of them that other tasks wait for.

import type { Task } from './task.js';

interface OrgDeadLetters {
  /** Since when each is dead, ms; the oldest first. */
  readonly since: Map<string, number>;
  readonly parents: Set<string>;
}

export class DeadLetters {
  readonly #orgs = new Map<string, OrgDeadLetters>();

  /** In the order in which they died. */
  add(task: Task, hasChildren: boolean): void {
    const { since, parents } = this.#org(task.org);
    since.set(task.id, diedAt(task));
    if (hasChildren) parents.add(task.id);
  }

  remove({ org, id }: Task): void {
    const own = this.#orgs.get(org);
    own?.since.delete(id);
    own?.parents.delete(id);
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

  #org(name: string): OrgDeadLetters {
    let org = this.#orgs.get(name);
    if (org === undefined) {
      org = { since: new Map(), parents: new Set() };
      this.#orgs.set(name, org);
    }
    return org;
  }
}

/** Nothing is remembered of a dead task behind its death. */
export function diedAt({ history, createdAt }: Task): number {
  return history?.[history.length - 1]?.at ?? createdAt;
}
