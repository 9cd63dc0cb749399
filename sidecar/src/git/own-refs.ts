// What git has written down in the repository of an attempt: its refs, and the journals of how they moved. Read without git, which lists
// refs only with all objects that they name.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { madeHere } from '../core/attempt-tip.js';
import { contentOf } from '../host/own-file.js';
import type { GitWorkspace } from './worktree.js';

type Place = Pick<GitWorkspace, 'gitDir'>;

const MOVES_MAX = 200;
/** Far more than a repository has that is meant to be used. */
const ENTRIES_MAX = 200_000;
const KINDS = ['refs/heads', 'refs/tags', 'refs/notes', 'refs/remotes/origin'] as const;
export const TRACKED = 'refs/remotes/origin/';

/** The objects by the whole name of the ref. */
export type OwnRefs = ReadonlyMap<string, string>;

/** Branches, tags, notes, and what is known here of the remote's branches. */
export async function ownRefs({ gitDir }: Place): Promise<OwnRefs> {
  const found = new Map<string, string>();
  for (const line of (await contentOf(join(gitDir, 'packed-refs'))).split('\n')) {
    const [, object, ref] = /^([0-9a-f]+) (refs\/.*)$/.exec(line) ?? [];
    if (object !== undefined && ref !== undefined) found.set(ref, object);
  }
  for (const kind of KINDS) {
    for (const [name, content] of await filesBelow(join(gitDir, kind))) found.set(`${kind}/${name}`, content.trim());
  }
  return found;
}

/** Whether refs may have come and gone because the agent has asked the remote. */
export function hasFetched({ gitDir }: Place): boolean {
  return existsSync(join(gitDir, 'FETCH_HEAD'));
}

/** The branches of the remote that were pushed from here by its name. */
export async function pushedBranches({ gitDir }: Place): Promise<readonly string[]> {
  const journals = await filesBelow(join(gitDir, 'logs', TRACKED));
  return journals.flatMap(([name, content]) => (/\tupdate by push$/m.test(content) ? [name] : []));
}

/** Where HEAD was in the worktree, as `<commit> TAB <what was done>`, the newest first. */
export function movesOfHead({ gitDir }: Place): Promise<readonly string[]> {
  return movesIn(join(gitDir, 'logs', 'HEAD'));
}

/** The commits made in the worktree, and in those that the agent has added. */
export async function commitsMade({ gitDir }: Place): Promise<readonly string[]> {
  const others = join(gitDir, 'worktrees');
  const names = await readdir(others).catch(() => []);
  const logs = [gitDir, ...names.map((name) => join(others, name))].map((dir) => join(dir, 'logs', 'HEAD'));
  return [...new Set((await Promise.all(logs.map(movesIn))).flatMap(madeHere))].slice(0, MOVES_MAX);
}

/** Whether a new ref at this commit is the agent's: a fetch brings those of others. */
export async function isMadeHere(place: Place): Promise<(commit: string) => boolean> {
  if (!hasFetched(place)) return () => true;
  const made = new Set(await commitsMade(place));
  return (commit) => made.has(commit);
}

/** git's own journal of a ref. */
async function movesIn(log: string): Promise<readonly string[]> {
  const lines = (await contentOf(log)).split('\n').slice(-MOVES_MAX - 1);
  return lines
    .flatMap((line) => {
      const [, commit, action] = /^[0-9a-f]+ ([0-9a-f]+) .*?\t(.*)$/.exec(line) ?? [];
      return commit === undefined ? [] : [`${commit}\t${action}`];
    })
    .reverse();
}

/** By their path below `dir`. Entered are directories and no links, which may lead in circles. */
async function filesBelow(dir: string): Promise<readonly (readonly [name: string, content: string])[]> {
  const found: [string, string][] = [];
  const dirs = [''];
  let entriesLeft = ENTRIES_MAX;
  for (const below of dirs) {
    const entries = await readdir(join(dir, below), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.slice(0, entriesLeft)) {
      const name = join(below, entry.name);
      if (entry.isDirectory()) dirs.push(name);
      else found.push([name, await contentOf(join(dir, name))]);
    }
    entriesLeft = Math.max(0, entriesLeft - entries.length);
  }
  return found.filter(([, content]) => content !== '');
}
