// Tasks that wait for others.

import type { State } from '../state.js';
import type { StoredSpec } from './events.js';
import { plainUrl } from './overlaps.js';
import type { Task } from './task.js';

/** Before any clock began: due at the next tick. */
const AT_ONCE = 0;

export function indexParents(state: State, task: Task): void {
  for (const parent of task.spec.dependsOn ?? []) {
    const children = state.children.get(parent);
    if (children === undefined) state.children.set(parent, new Set([task.id]));
    else children.add(task.id);
    const found = state.tasks.get(parent);
    if (found?.state === 'dead') state.deadLetters.waitedFor(found);
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
    if (children?.size !== 0) continue;
    state.children.delete(parent);
    state.deadLetters.free(task.org, parent);
  }
}

/** Tells the children of a finished task what became of it. */
export function tellChildren(state: State, parent: Task): void {
  for (const id of state.children.get(parent.id) ?? []) {
    const child = state.tasks.get(id);
    if (child === undefined) continue;
    if (parent.state === 'completed') {
      child.openParents = (child.openParents ?? 1) - 1;
      const branch = branchFor(child.spec, parent.spec.repo, branchAfter(parent));
      if (branch !== undefined) child.parentBranch = branch;
    } else child.orphanedBy ??= parent.id;
    indexDependencies(state, child);
  }
}

/** Where the work of a completed task is: on the branch it has made, or on the one it began from and has left as it was. */
export function branchAfter(task: {
  readonly result?: { readonly branch?: string } | undefined;
  readonly parentBranch?: string | undefined;
}): string | undefined {
  return task.result?.branch ?? task.parentBranch;
}

/** What a child begins from: the branch of a parent in the same repository. */
export function branchFor(
  child: Pick<StoredSpec, 'baseFromParent' | 'repo'>,
  repo: { readonly url: string } | undefined,
  branch: string | undefined,
): string | undefined {
  return child.baseFromParent === true && isSameRepo(child.repo, repo) ? branch : undefined;
}

export function isSameRepo(a: { readonly url: string } | undefined, b: { readonly url: string } | undefined): boolean {
  return a !== undefined && b !== undefined && plainUrl(a.url) === plainUrl(b.url);
}

export function hasOpenParents(task: Task): boolean {
  return (task.openParents ?? 0) > 0;
}
