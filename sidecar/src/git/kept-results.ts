// Results that the repository ignores and its settings name in `keep`: copied out of the worktree before that is removed.

import { createWriteStream, existsSync } from 'node:fs';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { firstOf } from '../core/first-of.js';
import { openOwn } from '../host/own-file.js';
import { removeTree } from '../host/remove-tree.js';
import type { GitWorkspace, Worktree } from './worktree.js';

const FILES_MAX = 1_000;
const BYTES_MAX = 256 * 1024 * 1024;

export interface KeptResults {
  readonly paths: readonly string[];
  readonly notes: readonly string[];
}

/** Copies them to `to`, which is emptied before; null: there is no place for them. What there is no room for is named: finished work does not fail for it. */
export async function keepResults(
  tree: Worktree,
  { dir, settings }: GitWorkspace,
  to: string | null,
): Promise<KeptResults> {
  // Without a worktree, what was kept of it before is all there is.
  if (settings.keep.length === 0 || !existsSync(dir)) return { paths: [], notes: [] };
  const found = await matching(tree, settings.keep);
  if (to !== null) await removeTree(to).catch(() => undefined);
  const paths: string[] = [];
  const left: string[] = [];
  let bytes = 0;
  for (const path of found) {
    const file = await lstat(join(dir, path)).catch(() => null);
    if (file === null || !file.isFile() || settings.files.includes(path)) continue;
    const fits = paths.length < FILES_MAX && bytes + file.size <= BYTES_MAX;
    if (to === null || !fits || !(await isCopied(dir, path, join(to, path)))) {
      left.push(path);
      continue;
    }
    paths.push(path);
    bytes += file.size;
  }
  const count = paths.length === 1 ? '1 file' : `${paths.length} files`;
  return {
    paths,
    notes: [
      ...(paths.length === 0 ? [] : [`kept ${count} that git ignores in ${to} on the agent's machine`]),
      ...(left.length === 0 ? [] : [`no space to keep: ${firstOf(left)}`]),
    ],
  };
}

/** False also for what has become a link meanwhile, or lies behind one. */
async function isCopied(dir: string, path: string, to: string): Promise<boolean> {
  const file = await openOwn(join(dir, path));
  if (file === undefined) return false;
  try {
    if ((await realpath(join(dir, path))) !== join(await realpath(dir), path)) return false;
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    await pipeline(file.createReadStream({ autoClose: false }), createWriteStream(to, { flags: 'wx', mode: 0o600 }));
    return true;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** Ignored files that a pattern names; a directory stands for all that is in it. */
async function matching(tree: Worktree, patterns: readonly string[]): Promise<readonly string[]> {
  const pathspecs = patterns.map((pattern) => `:(glob)${pattern}`);
  const args = ['--others', '--ignored', '--exclude-standard', '-z', '--', ...pathspecs];
  return (await tree.git(['ls-files', ...args])).stdout.split('\0').filter((path) => path !== '');
}
