// Brings finished work to the remote, as the attempt's own branch and nothing else, and asks whether it is there.

import type { Checked } from '../core/attempt.js';
import { madeHere } from '../core/attempt-tip.js';
import { isProtected, protectedBranch } from '../core/git-policy.js';
import { GitFailure } from './failures.js';
import { GitError } from './git.js';
import type { LargeFiles } from './large-files.js';
import { movesOfHead } from './leaked-commits.js';
import type { Mirror } from './mirror.js';
import type { GitWorkspace, Worktree } from './worktree.js';

/** The remote has the branch, and not where it was expected: as git saw it before the push, or as the remote did during it. */
const LEASE_REFUSED = /stale info|reference already exists/;

export interface PushRequest {
  readonly largeFiles: LargeFiles;
  readonly mirror: Mirror;
  readonly tree: Worktree;
  readonly workspace: GitWorkspace;
  /** The mirror has its commit. */
  readonly checked: Checked;
  readonly protectedBranches: readonly string[];
  readonly signal: AbortSignal;
}

export async function push({
  largeFiles,
  mirror,
  tree,
  workspace,
  checked,
  protectedBranches,
  signal,
}: PushRequest): Promise<void> {
  const { branch, url, settings, baseBranch } = workspace;
  const { commit } = checked;
  // The base has this change already.
  if (commit === checked.base) return;
  if (branch === baseBranch || isProtected(branch, [...protectedBranches, ...settings.protectedBranches])) {
    throw new GitFailure(protectedBranch(branch));
  }
  await largeFiles.push(mirror, workspace, commit, signal);
  const ref = `refs/heads/${branch}`;
  /** Refused when the remote's branch is not at `before`; '' stands for no branch. */
  const pushOver = (before: string) => {
    const lease = `--force-with-lease=${ref}:${before}`;
    return mirror.remote(signal, [
      'push',
      '--quiet',
      '--no-verify',
      lease,
      '--end-of-options',
      url,
      `${commit}:${ref}`,
    ]);
  };
  try {
    await pushOver('');
  } catch (error) {
    if (!(error instanceof GitError && LEASE_REFUSED.test(error.stderr))) throw error;
    const before = await mirror.remoteTip(signal, branch);
    if (before === commit) return;
    // The agent may have pushed its branch itself, and amended it; anything else under this name is not ours to replace.
    const isOurs = async (tip: string) =>
      (await mirror.isAncestor(signal, tip, commit)) || madeHere(await movesOfHead(tree)).includes(tip);
    if (before !== null && !(await isOurs(before))) {
      const message = `the remote already has a branch ${branch} with other commits`;
      throw new GitFailure({ class: 'verification', code: 'git.branch_taken', message, mend: 'person' });
    }
    await pushOver(before ?? '');
  }
  const after = await mirror.remoteTip(signal, branch);
  if (after !== commit) {
    const message = `after the push of ${commit}, the remote has ${after ?? 'nothing'} as ${branch}`;
    throw new GitFailure({ class: 'transient', code: 'git.push_unconfirmed', message });
  }
}
