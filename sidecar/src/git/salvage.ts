// Keeps work that did not get to the remote: commits, changes and new files (but not what the repository ignores) become one
// commit under a ref of the mirror.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Salvage, Workspace } from '../core/attempt.js';
import { type Git, GitError, type GitOutput } from './git.js';

const LISTING_BYTES_MAX = 256 * 1024 * 1024;

export interface SalvageRequest {
  readonly git: Git;
  readonly workspace: Extract<Workspace, { kind: 'git' }>;
  /** A path for an index of its own, so that the one of the worktree is neither needed nor changed. */
  readonly indexFile: string;
  /** Author and committer, as git's environment variables. */
  readonly identity: Readonly<Record<string, string>>;
  readonly message: string;
  readonly signal: AbortSignal;
}

/** Resolves to a ref of null when there is nothing that the base does not have. Rejects when nothing could be kept. */
export async function salvage(request: SalvageRequest): Promise<Salvage> {
  const { git, workspace, indexFile, signal } = request;
  const hasFiles = existsSync(workspace.dir);
  const env = {
    ...request.identity,
    GIT_DIR: workspace.gitDir,
    GIT_WORK_TREE: hasFiles ? workspace.dir : workspace.gitDir,
    GIT_INDEX_FILE: indexFile,
  };
  const cwd = hasFiles ? workspace.dir : workspace.mirror;
  const run = (args: readonly string[], answers: readonly number[] = []): Promise<GitOutput> =>
    git.local(args, { cwd, env, signal, answers, stdoutBytesMax: LISTING_BYTES_MAX });
  const commitAt = async (ref: string): Promise<string | null> => {
    const { code, stdout } = await run(
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`],
      [1, 128],
    );
    return code === 0 ? stdout.trim() : null;
  };

  const head = (await commitAt('HEAD')) ?? workspace.base;
  const branch = (await commitAt(`refs/heads/${workspace.branch}`)) ?? head;
  // Either may be left from a salvage that was killed.
  for (const left of [indexFile, `${indexFile}.lock`]) await rm(left, { force: true });
  await run(['read-tree', head]);
  const isComplete = !hasFiles || (await addEverything(run, workspace.dir));
  const tree = (await run(['write-tree'])).stdout.trim();
  const headTree = (await run(['rev-parse', '--verify', `${head}^{tree}`])).stdout.trim();
  const { code: notWithin } = await run(['merge-base', '--is-ancestor', branch, head], [1]);
  await rm(indexFile, { force: true });

  if (tree === headTree && head === workspace.base && notWithin === 0) return { ref: null, isComplete };
  let commit = head;
  if (tree !== headTree || notWithin !== 0) {
    const parents = notWithin === 0 ? [head] : [head, branch];
    const args = [...parents.flatMap((parent) => ['-p', parent]), '-m', request.message, tree];
    commit = (await run(['commit-tree', ...args])).stdout.trim();
  }
  await run(['update-ref', '--end-of-options', workspace.salvageRef, commit]);
  return { ref: workspace.salvageRef, isComplete };
}

type Run = (args: readonly string[], answers?: readonly number[]) => Promise<GitOutput>;

/** False when something stays that only the directory has: an unreadable file, or the inside of a repository within. */
async function addEverything(run: Run, dir: string): Promise<boolean> {
  let isComplete = true;
  try {
    await run(['add', '--all', '--ignore-errors', '--', '.']);
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'exit') throw error;
    isComplete = false;
  }
  const { stdout } = await run(['ls-files', '--stage', '-z']);
  for (const entry of stdout.split('\0')) {
    if (!entry.startsWith('160000 ')) continue;
    if (existsSync(join(dir, entry.slice(entry.indexOf('\t') + 1), '.git'))) isComplete = false;
  }
  return isComplete;
}
