// Puts right what keeps git from looking at an attempt's work: locks of a git that was killed, a worktree that is gone, another `.git`,
// an index that git cannot read or was told to see no changes in.
// The turn is over, so nothing else uses them.

import { existsSync, statSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { UserAccess } from '../host/user-access.js';
import { GitFailure } from './failures.js';
import type { Git } from './git.js';
import { flaggedPaths } from './index-file.js';
import { type GitWorkspace, Worktree, whatIsAt } from './worktree.js';

const LOCKS = ['index.lock', 'HEAD.lock', 'packed-refs.lock', 'config.lock'] as const;

/** What is to be said of it. */
export async function repair(
  git: Git,
  workspace: GitWorkspace,
  signal: AbortSignal,
  access?: UserAccess,
): Promise<readonly string[]> {
  const { dir, gitDir, mirror } = workspace;
  if (!existsSync(join(gitDir, 'HEAD'))) {
    const message = `the attempt's repository is gone (${gitDir}); its files are still in ${dir}`;
    throw new GitFailure({ class: 'verification', code: 'git.repository_lost', message });
  }
  for (const name of LOCKS) await rm(join(gitDir, name), { force: true });
  const borrowed = join(gitDir, 'objects', 'info', 'alternates');
  await mkdir(dirname(borrowed), { recursive: true });
  if (!existsSync(borrowed)) await writeFile(borrowed, `${join(mirror, 'objects')}\n`);
  const what = whatIsAt(dir);
  // What a link leads to is not ours to write to, nor to take for work.
  if (what !== 'directory') {
    await rm(dir, { force: true });
    await mkdir(dir, { mode: 0o700 });
    await access?.share(dir);
  }
  await pointTo(gitDir, dir);
  const tree = new Worktree(git, workspace, signal);
  if (what === 'directory') return mendIndex(tree, workspace);
  if ((await tree.commitAt('HEAD')) !== null) await tree.git(['read-tree', '-u', '--reset', 'HEAD']);
  const how = what === 'nothing' ? 'removed' : 'replaced by something else';
  return [`the worktree was ${how}; the committed work was checked out again`];
}

/** Nothing is changed in the files; what was staged is a change that is not. */
export async function mendIndex(tree: Worktree, workspace: GitWorkspace): Promise<readonly string[]> {
  const flagged = await flaggedPaths(workspace);
  if (flagged === undefined) {
    await rm(join(workspace.gitDir, 'index'), { force: true });
    if ((await tree.commitAt('HEAD')) !== null) await tree.git(['read-tree', 'HEAD']);
    return ["git's index was unusable and was rebuilt from the last commit"];
  }
  if (flagged.hidden.length === 0) return [];
  for (const flag of ['--no-assume-unchanged', '--no-skip-worktree']) {
    await tree.git(['update-index', flag, '-z', '--stdin'], [], flagged.hidden.join('\0'));
  }
  return [];
}

async function pointTo(gitDir: string, dir: string): Promise<void> {
  const path = join(dir, '.git');
  const pointer = `gitdir: ${gitDir}\n`;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    await rm(path, { force: true });
    return writeFile(path, pointer);
  }
  const aside = join(gitDir, `replaced-${(await stat(path)).ino}.git`);
  await rename(path, aside);
  await writeFile(path, pointer);
  const message = `another repository was in .git and is now at ${aside}: commit your changes to the restored one`;
  throw new GitFailure({ class: 'verification', code: 'git.repository_replaced', message, mend: 'agent' });
}
