// All halts that are in force, as decisions look them up.

import type { Task } from '../task/task.js';
import type { Halt } from './halt.js';

export class Halts {
  /** By id, oldest first. */
  readonly #byId = new Map<string, Halt>();
  /** By what they are about and who may end them; there is one of each strength. */
  readonly #byScope = new Map<string, Halt>();

  /** Queued tasks whose last attempt was stopped by a halt or a spend limit. */
  readonly givenBack = new Set<Task>();

  add(halt: Halt): void {
    this.#byId.set(halt.id, halt);
    this.#byScope.set(scopeKey(halt), halt);
  }

  delete(halt: Halt): void {
    this.#byId.delete(halt.id);
    this.#byScope.delete(scopeKey(halt));
  }

  get(id: string): Halt | undefined {
    return this.#byId.get(id);
  }

  /** The one that halts the same as strongly. */
  like(halt: Pick<Halt, 'owner' | 'org' | 'scope' | 'strength'>): Halt | undefined {
    return this.#byScope.get(scopeKey(halt));
  }

  all(): Iterable<Halt> {
    return this.#byId.values();
  }

  /** Those that may concern the work of an organisation. */
  of(org: string): Halt[] {
    return this.#byId.size === 0
      ? []
      : [...this.#byId.values()].filter((halt) => halt.org === undefined || halt.org === org);
  }
}

/** Of an organisation its name is what counts, however it was given. */
function scopeKey({ owner, org, scope, strength }: Pick<Halt, 'owner' | 'org' | 'scope' | 'strength'>): string {
  const value = scope.kind === 'org' ? org : scope.value;
  return JSON.stringify([owner, scope.kind, value ?? '', strength]);
}
