// What keeps queued tasks from being offered, as matching looks it up: everything of an organisation, a runner, an agent, or some of its
// tasks. Each hold has an id, and what several hold back is free once the last of them is released.

import { isHeldRepository } from './held-repository.js';
import type { Offered } from './skills.js';
import type { Task } from './task.js';
import type { SkillsWanted } from './wants.js';

/** Some tasks, whoever would work on them. */
export type HeldTasks =
  | { readonly kind: 'repo'; readonly pattern: string }
  | { readonly kind: 'label'; readonly name: string; readonly value: string }
  | { readonly kind: 'member'; readonly by: string };

export type Held =
  | { readonly kind: 'everything' }
  | { readonly kind: 'runner'; readonly name: string }
  | { readonly kind: 'agent'; readonly name: string }
  | HeldTasks;

export interface Hold {
  readonly id: string;
  /** Undefined: of every organisation. */
  readonly org: string | undefined;
  readonly of: Held;
}

const URLS_KEPT = 1_000;

/** The holds on one organisation; ids, by what they hold. */
export class Holds {
  readonly #everything = new Set<string>();
  readonly #runners = new Map<string, Set<string>>();
  readonly #agents = new Map<string, Set<string>>();
  readonly #tasks = new Map<string, HeldTasks>();
  /** Whether one of them holds an address; forgotten when they change, or are asked of too many. */
  readonly #byUrl = new Map<string, boolean>();

  add({ id, of }: Hold): void {
    if (of.kind === 'everything') this.#everything.add(id);
    else if (of.kind === 'runner') addTo(this.#runners, of.name, id);
    else if (of.kind === 'agent') addTo(this.#agents, of.name, id);
    else this.#tasks.set(id, of);
    this.#byUrl.clear();
  }

  remove({ id, of }: Hold): void {
    if (of.kind === 'everything') this.#everything.delete(id);
    else if (of.kind === 'runner') removeFrom(this.#runners, of.name, id);
    else if (of.kind === 'agent') removeFrom(this.#agents, of.name, id);
    else this.#tasks.delete(id);
    this.#byUrl.clear();
  }

  get isEmpty(): boolean {
    return this.#everything.size + this.#runners.size + this.#agents.size + this.#tasks.size === 0;
  }

  get isOnEverything(): boolean {
    return this.#everything.size > 0;
  }

  holdsAgent(name: string): boolean {
    return this.#agents.has(name);
  }

  /** Whether a runner is held that the work would use, or may. */
  holdsRunner(wanted: Pick<SkillsWanted, 'runner'>, skills: Pick<Offered, 'runners'>): boolean {
    for (const name of this.#runners.keys()) if (mayRunOn(name, wanted, skills)) return true;
    return false;
  }

  holdsTask(task: Task): boolean {
    if (this.#tasks.size === 0) return false;
    for (const of of this.#tasks.values()) if (of.kind !== 'repo' && holdsTask(of, task)) return true;
    const url = task.spec.repo?.url;
    return url !== undefined && this.#holdsRepo(url);
  }

  #holdsRepo(url: string): boolean {
    let isHeld = this.#byUrl.get(url);
    if (isHeld === undefined) {
      isHeld = [...this.#tasks.values()].some((of) => of.kind === 'repo' && isHeldRepository(of.pattern, url));
      if (this.#byUrl.size === URLS_KEPT) this.#byUrl.clear();
      this.#byUrl.set(url, isHeld);
    }
    return isHeld;
  }
}

export function holdsTask(of: HeldTasks, { spec, by }: Task): boolean {
  if (of.kind === 'label') return spec.labels?.[of.name] === of.value;
  if (of.kind === 'member') return by === of.by;
  return isHeldRepository(of.pattern, spec.repo?.url);
}

/** Whether somebody with these skills would use the runner for it. Work that names none may go to any that it has, and one that says nothing may have it. */
export function mayRunOn(
  name: string,
  { runner }: Pick<SkillsWanted, 'runner'>,
  { runners }: Pick<Offered, 'runners'>,
): boolean {
  if (runner !== undefined) return runner === name;
  return runners === undefined || runners.has(name);
}

function addTo(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  if (ids === undefined) map.set(key, new Set([id]));
  else ids.add(id);
}

function removeFrom(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  ids?.delete(id);
  if (ids?.size === 0) map.delete(key);
}
