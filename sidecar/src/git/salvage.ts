// Keeps work that did not get to the remote: commits, changes and new files (but not what the repository ignores) become one
// commit under a ref of the mirror.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Salvage } from '../core/attempt.js';
import { beganRef } from '../core/git-policy.js';
import { type Git, GitError } from './git.js';
import type { Mirror } from './mirror.js';
import { type GitWorkspace, Worktree } from './worktree.js';

/** In the attempt's repository, until the mirror has it. */
const OWN_REF = 'refs/agentcom/salvage';

export interface SalvageRequest {
  readonly git: Git;
  readonly mirror: Mirror;
  readonly workspace: GitWorkspace;
  /** A path for an index of its own, so that the one of the worktree is neither needed nor changed. */
  readonly indexFile: string;
  /** Author and committer, as git's environment variables. */
  readonly identity: Readonly<Record<string, string>>;
  readonly message: string;
  readonly signal: AbortSignal;
}

/** Resolves to a ref of null when there is nothing that the base does not have. Rejects when nothing could be kept. */
export async function salvage(request: SalvageRequest): Promise<Salvage> {
  const { git, mirror, workspace, indexFile, signal } = request;
  const tree = new Worktree(git, workspace, signal, { ...request.identity, GIT_INDEX_FILE: indexFile });
  const head = (await tree.commitAt('HEAD')) ?? workspace.base;
  const branch = (await tree.commitAt(`refs/heads/${workspace.branch}`)) ?? head;
  // Either may be left from a salvage that was killed.
  for (const left of [indexFile, `${indexFile}.lock`]) await rm(left, { force: true });
  await tree.git(['read-tree', head]);
  const isComplete = !existsSync(workspace.dir) || (await addEverything(git, tree, workspace, signal));
  const files = await tree.text(['write-tree']);
  const headFiles = await tree.text(['rev-parse', '--verify', `${head}^{tree}`]);
  const isWithin = await tree.isAncestor(branch, head);
  await rm(indexFile, { force: true });

  if (files === headFiles && head === workspace.base && isWithin) return { ref: null, isComplete };
  let commit = head;
  if (files !== headFiles || !isWithin) {
    const parents = isWithin ? [head] : [head, branch];
    const args = [...parents.flatMap((parent) => ['-p', parent]), '-m', request.message, files];
    commit = await tree.text(['commit-tree', ...args]);
  }
  await tree.git(['update-ref', '--end-of-options', OWN_REF, commit]);
  await mirror.local(signal, ['update-ref', '--end-of-options', beganRef(workspace.salvageRef), workspace.base]);
  await mirror.take(signal, workspace.gitDir, OWN_REF, workspace.salvageRef);
  return { ref: workspace.salvageRef, isComplete };
}

/** False when something stays that only the directory has: an unreadable file, or the inside of a repository within. */
async function addEverything(git: Git, tree: Worktree, workspace: GitWorkspace, signal: AbortSignal): Promise<boolean> {
  let isComplete = true;
  try {
    await tree.git(['add', '--all', '--ignore-errors', '--', '.']);
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'exit') throw error;
    isComplete = false;
  }
  const { stdout } = await tree.git(['ls-files', '--stage', '-z']);
  for (const entry of stdout.split('\0')) {
    const [, commit, path] = /^160000 ([0-9a-f]+) \d\t(.*)$/s.exec(entry) ?? [];
    if (commit === undefined || path === undefined) continue;
    const inner = join(workspace.dir, path);
    if (
      existsSync(join(inner, '.git')) &&
      !(await isUntouched(git, tree, workspace.base, path, commit, inner, signal))
    ) {
      isComplete = false;
    }
  }
  return isComplete;
}

/** Whether a submodule is as the base has it. */
async function isUntouched(
  git: Git,
  tree: Worktree,
  base: string,
  path: string,
  commit: string,
  inner: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { stdout } = await tree.git(['ls-tree', '-z', base, '--', path]);
  if (!stdout.startsWith(`160000 commit ${commit}\t`)) return false;
  const status = await git.local(['status', '--porcelain=v1', '--untracked-files=normal'], { cwd: inner, signal });
  return status.stdout === '';
}
