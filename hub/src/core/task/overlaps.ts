// Which live tasks of one repository change the same files. Paths are indexed by repository, so a report costs as much as the paths
// it names, however many tasks are at work.

import type { Overlap, Task } from './task.js';

/** Overlaps noticed for one task; a file that everybody changes says nothing more after so many. */
const OVERLAPS_MAX = 8;
/** Characters of paths kept of one attempt, and named in one overlap. */
const KEPT_CHARS = 32 * 1024;
const NAMED_CHARS = 1024;
/** Paths named in a line of history. */
const TOLD = 3;

export class TouchedFiles {
  readonly #repos = new Map<string, Map<string, Set<Task>>>();

  add(task: Task): void {
    const repo = repoOf(task);
    if (repo === undefined) return;
    const files = this.#repos.get(repo) ?? new Map<string, Set<Task>>();
    this.#repos.set(repo, files);
    for (const path of task.paths ?? []) {
      const touching = files.get(path);
      if (touching === undefined) files.set(path, new Set([task]));
      else touching.add(task);
    }
  }

  remove(task: Task): void {
    const repo = repoOf(task);
    const files = repo === undefined ? undefined : this.#repos.get(repo);
    if (repo === undefined || files === undefined) return;
    for (const path of task.paths ?? []) {
      const touching = files.get(path);
      touching?.delete(task);
      if (touching?.size === 0) files.delete(path);
    }
    if (files.size === 0) this.#repos.delete(repo);
  }

  /** What other tasks share with this one and was not noticed before; never more than either side may have. */
  newOverlaps(task: Task): Overlap[] {
    const repo = repoOf(task);
    const files = repo === undefined ? undefined : this.#repos.get(repo);
    if (files === undefined) return [];
    const room = OVERLAPS_MAX - (task.overlaps?.length ?? 0);
    const known = new Set(task.overlaps?.map((overlap) => overlap.task));
    const shared = new Map<string, string[]>();
    for (const path of task.paths ?? []) {
      for (const other of files.get(path) ?? []) {
        if (other === task || known.has(other.id)) continue;
        const paths = shared.get(other.id);
        if (paths !== undefined) paths.push(path);
        else if (shared.size < room && (other.overlaps?.length ?? 0) < OVERLAPS_MAX) shared.set(other.id, [path]);
      }
    }
    return [...shared].map(([id, paths]) => ({ task: id, paths: firstWithin(paths, NAMED_CHARS) }));
  }
}

/** As many of the paths of a report as are kept. */
export function keptPaths(paths: readonly string[]): readonly string[] {
  return firstWithin(paths, KEPT_CHARS);
}

/** For the history: `src/a.ts, src/b.ts and 4 more`. */
export function formatPaths(paths: readonly string[]): string {
  const told = paths.slice(0, TOLD).join(', ');
  return paths.length > TOLD ? `${told} and ${paths.length - TOLD} more` : told;
}

function firstWithin(paths: readonly string[], chars: number): readonly string[] {
  let left = chars;
  const end = paths.findIndex((path) => {
    left -= path.length;
    return left < 0;
  });
  return end < 0 ? paths : paths.slice(0, end);
}

/** Only tasks of one organisation meet. The address counts without the ending that means nothing; undefined for a task that touches nothing. */
function repoOf({ org, spec, paths }: Task): string | undefined {
  if (paths === undefined || spec.repo === undefined) return undefined;
  return `${org} ${plainUrl(spec.repo.url)}`;
}

/** The same address is written with and without these ends. */
export function plainUrl(url: string): string {
  return url.replace(/\/+$/, '').replace(/\.git$/, '');
}
