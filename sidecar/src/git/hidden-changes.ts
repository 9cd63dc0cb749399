// Changes that git does not show in the status of a worktree: inside of submodules, and in worktrees that the agent has added.

import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { contentOf } from '../host/own-file.js';
import type { Git } from './git.js';
import { changesInside, gitDirOf, isPopulated, linksIn } from './gitlinks.js';
import { addPhantoms, phantomsAmong } from './phantom-changes.js';
import type { Site } from './site.js';
import { type DirtyPath, SHALLOW, statusIn } from './status.js';
import type { Worktree } from './worktree.js';

export interface Hiding {
  readonly git: Git;
  readonly tree: Worktree;
  readonly site: Site;
  readonly signal: AbortSignal;
}

export interface HiddenChanges {
  readonly dirty: readonly DirtyPath[];
  /** New files in submodules: as a rule what a build has left there. */
  readonly fresh: readonly string[];
}

/** Of files that have changed since the agent began. */
export async function hiddenChanges(hiding: Hiding): Promise<HiddenChanges> {
  const inside = await changesInSubmodules(hiding);
  const phantoms = await phantomsAmong(
    hiding.site,
    inside.map(({ path }) => ({ letters: ' M', path })),
  );
  const own = inside.filter(({ path }) => !phantoms.has(path));
  return {
    dirty: [...own.filter(({ letters }) => letters !== '??'), ...(await changesInOtherWorktrees(hiding))],
    fresh: own.flatMap(({ letters, path }) => (letters === '??' ? [path] : [])),
  };
}

/** What is in submodules when the agent begins, such as what set-up commands have built there. */
export async function noteSubmodulePhantoms(hiding: Hiding): Promise<void> {
  await addPhantoms(hiding.site, await changesInSubmodules(hiding));
}

async function changesInSubmodules({ git, tree, site, signal }: Hiding): Promise<readonly DirtyPath[]> {
  const { dir, indexFile } = site;
  if (!existsSync(join(dir, '.gitmodules'))) return [];
  const found: DirtyPath[] = [];
  for (const { path, commit } of linksIn((await tree.git(['ls-files', '--stage', '-z'])).stdout)) {
    const inner = join(dir, path);
    if (!isPopulated(inner)) continue;
    const changes = await changesInside(git, inner, commit, `${indexFile}.settings`, signal);
    // With another commit checked out, the status has the submodule itself.
    const named = changes.filter((change) => change.path !== '');
    found.push(...named.map((change) => ({ ...change, path: `${path}/${change.path}` })));
  }
  return found;
}

export async function changesInOtherWorktrees({ tree, site }: Hiding): Promise<readonly DirtyPath[]> {
  const worktrees = join(site.gitDir, 'worktrees');
  const found: DirtyPath[] = [];
  for (const name of await readdir(worktrees).catch(() => [])) {
    const gitDir = join(worktrees, name);
    const dir = dirname((await contentOf(join(gitDir, 'gitdir')).catch(() => '')).trim());
    if (!(await isWorktreeOf(gitDir, dir))) continue;
    const where = ['--git-dir', gitDir, '--work-tree', dir];
    const { code, stdout } = await tree.git(
      [...where, 'status', '--porcelain=v2', '-z', '--no-renames', ...SHALLOW],
      [128],
    );
    if (code !== 0) continue;
    const { dirty } = statusIn(stdout);
    const phantoms = await phantomsAmong({ dir, phantomsFile: site.phantomsFile }, dirty);
    for (const { letters, path } of dirty) {
      if (!phantoms.has(path)) found.push({ letters, path: join(relative(site.dir, dir), path) });
    }
  }
  return found;
}

/** Whether both say so: the agent may have written the name of any directory, whose files are not to be listed. */
async function isWorktreeOf(gitDir: string, dir: string): Promise<boolean> {
  const leadsTo = await gitDirOf(dir).catch(() => undefined);
  if (leadsTo === undefined) return false;
  const [is, wanted] = await Promise.all([leadsTo, gitDir].map((path) => realpath(path).catch(() => undefined)));
  return is !== undefined && is === wanted;
}
