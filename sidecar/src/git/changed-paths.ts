// Which files an attempt has changed so far, committed or not.

import { LIMITS } from '@agentcom/schemas/limits';
import { phantomsAmong } from './phantom-changes.js';
import type { Site } from './site.js';
import { SHALLOW } from './status.js';
import type { Worktree } from './worktree.js';

/** Paths that differ from `base`, with new files that are not ignored; sorted, the first `LIMITS.changedPaths`. */
export async function changedPaths(tree: Worktree, site: Site, base: string): Promise<readonly string[]> {
  const paths = await pathsSince(tree, site, base);
  return paths
    .filter((path) => [...path].length <= LIMITS.pathChars)
    .sort()
    .slice(0, LIMITS.changedPaths);
}

/** All of them. */
export async function pathsSince(tree: Worktree, site: Site, base: string): Promise<readonly string[]> {
  const changed = await tree.git([
    'diff',
    '--name-only',
    '--no-renames',
    '--no-ext-diff',
    ...SHALLOW,
    '-z',
    base,
    '--',
  ]);
  const added = await tree.git(['ls-files', '--others', '--exclude-standard', '-z']);
  const paths = [...new Set(`${changed.stdout}${added.stdout}`.split('\0'))];
  const phantoms = await phantomsAmong(
    site,
    paths.map((path) => ({ letters: ' M', path })),
  );
  return paths.filter((path) => path !== '' && !phantoms.has(path));
}
