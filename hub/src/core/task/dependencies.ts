// Tasks that wait for others.

import type { State } from '../state.js';
import type { StoredSpec } from './events.js';
import type { Task } from './task.js';

/** Before any clock began: due at the next tick. */
const AT_ONCE = 0;

export function indexParents(state: State, task: Task): void {
  for (const parent of task.spec.dependsOn ?? []) {
    const children = state.children.get(parent);
    if (children === undefined) state.children.set(parent, new Set([task.id]));
    else children.add(task.id);
  }
  indexDependencies(state, task);
}

/** Puts a task down for the next tick when what became of its parents decides about it. */
export function indexDependencies(state: State, task: Task): void {
  const ready = task.state === 'waiting' && !hasOpenParents(task);
  if (ready || task.orphanedBy !== undefined) state.deadlines.set('dependencies', task.id, AT_ONCE);
}

export function forgetParents(state: State, task: Task): void {
  for (const parent of task.spec.dependsOn ?? []) {
    const children = state.children.get(parent);
    children?.delete(task.id);
    if (children?.size === 0) state.children.delete(parent);
  }
}

/** Tells the children of a finished task what became of it. */
export function tellChildren(state: State, parent: Task): void {
  for (const id of state.children.get(parent.id) ?? []) {
    const child = state.tasks.get(id);
    if (child === undefined) continue;
    if (parent.state === 'completed') {
      child.openParents = (child.openParents ?? 1) - 1;
      const branch = branchFor(child.spec, parent.spec.repo, parent.result?.branch ?? parent.parentBranch);
      if (branch !== undefined) child.parentBranch = branch;
    } else child.orphanedBy ??= parent.id;
    indexDependencies(state, child);
  }
}

/** What its child begins from: a branch of the same repository that a parent has made, or has begun from itself and left as it was. */
export function branchFor(
  child: Pick<StoredSpec, 'baseFromParent' | 'repo'>,
  repo: { readonly url: string } | undefined,
  branch: string | undefined,
): string | undefined {
  const isSame = child.repo !== undefined && repo !== undefined && plain(child.repo.url) === plain(repo.url);
  return child.baseFromParent === true && isSame ? branch : undefined;
}

/** The same address is written with and without these. */
function plain(url: string): string {
  return url.replace(/\/+$/, '').replace(/\.git$/, '');
}

export function hasOpenParents(task: Task): boolean {
  return (task.openParents ?? 0) > 0;
}
