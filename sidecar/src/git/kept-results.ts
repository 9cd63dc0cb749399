// Results that the repository ignores and its settings name in `keep`: copied out of the worktree before that is removed.

import { copyFile, lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeTree } from '../host/remove-tree.js';
import type { GitWorkspace, Worktree } from './worktree.js';

const FILES_MAX = 1_000;
const BYTES_MAX = 256 * 1024 * 1024;
const LEFT_SHOWN = 5;

export interface KeptResults {
  readonly paths: readonly string[];
  readonly notes: readonly string[];
}

/** Copies them to `to`, which is emptied before. What there is no room for is named. */
export async function keepResults(tree: Worktree, { dir, settings }: GitWorkspace, to: string): Promise<KeptResults> {
  if (settings.keep.length === 0) return { paths: [], notes: [] };
  await removeTree(to);
  const paths: string[] = [];
  const left: string[] = [];
  let bytes = 0;
  for (const path of await matching(tree, settings.keep)) {
    const found = await lstat(join(dir, path)).catch(() => null);
    if (found === null || !found.isFile() || settings.files.includes(path)) continue;
    if (paths.length === FILES_MAX || bytes + found.size > BYTES_MAX) {
      left.push(path);
      continue;
    }
    await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 });
    await copyFile(join(dir, path), join(to, path));
    paths.push(path);
    bytes += found.size;
  }
  const count = paths.length === 1 ? '1 file' : `${paths.length} files`;
  return {
    paths,
    notes: [
      ...(paths.length === 0 ? [] : [`kept ${count} that git ignores in ${to} on the agent's machine`]),
      ...(left.length === 0
        ? []
        : [`too much to keep: ${left.slice(0, LEFT_SHOWN).join(', ')}${left.length > LEFT_SHOWN ? ' and more' : ''}`]),
    ],
  };
}

/** Ignored files that a pattern names; a directory stands for all that is in it. */
async function matching(tree: Worktree, patterns: readonly string[]): Promise<readonly string[]> {
  const pathspecs = patterns.map((pattern) => `:(glob)${pattern}`);
  const args = ['--others', '--ignored', '--exclude-standard', '-z', '--', ...pathspecs];
  return (await tree.git(['ls-files', ...args])).stdout.split('\0').filter((path) => path !== '');
}
