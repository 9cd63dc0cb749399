// Brings finished work to the remote, as the attempt's own branch and nothing else, and asks whether it is there.

import type { Checked, Failure } from '../core/attempt.js';
import { isProtected, protectedBranch } from '../core/git-policy.js';
import { GitFailure } from './failures.js';
import { GitError } from './git.js';
import type { LargeFiles } from './large-files.js';
import type { Mirror } from './mirror.js';
import { commitsMade } from './own-refs.js';
import type { GitWorkspace } from './worktree.js';

/**
 * The remote has the branch, and not where it was expected, as git saw it before the push or as the remote did during it; or it has one
 * of which this would be a directory, or that would have to be one.
 */
const IN_THE_WAY = /stale info|reference already exists|exists; cannot create|directory file conflict/;
const NAMES_MAX = 5;

export interface PushRequest {
  readonly largeFiles: LargeFiles;
  readonly mirror: Mirror;
  readonly workspace: GitWorkspace;
  /** The mirror has its commit. */
  readonly checked: Checked;
  /** A name for the branch when others are taken. */
  readonly nameBeside: (taken: readonly string[]) => string;
  readonly protectedBranches: readonly string[];
  readonly signal: AbortSignal;
}

/** Resolves with the name that the branch got, when its own was taken meanwhile. */
export async function push(request: PushRequest): Promise<string | null> {
  const { largeFiles, mirror, workspace, checked, protectedBranches, nameBeside, signal } = request;
  const { baseBranch, settings } = workspace;
  // The base has this change already.
  if (checked.commit === checked.base) return null;
  const taken: string[] = [];
  let { branch } = workspace;
  for (;;) {
    if (branch === baseBranch || isProtected(branch, [...protectedBranches, ...settings.protectedBranches])) {
      throw new GitFailure(protectedBranch(branch));
    }
    if (taken.length === 0) await largeFiles.push(mirror, workspace, checked.commit, signal);
    if (await pushAs(branch, request)) return taken.length === 0 ? null : branch;
    taken.push(branch);
    if (taken.length === NAMES_MAX) throw new GitFailure(branchesTaken(taken));
    const { branches } = await mirror.refs(signal);
    // One at this commit may be from a push whose answer was lost.
    const others = [...branches].flatMap(([name, tip]) => (tip === checked.commit ? [] : [name]));
    branch = nameBeside([...others, ...taken]);
  }
}

/** Whether the tip of a branch at the remote was made in this attempt, which may have pushed it and amended it since. */
export async function isOurs(
  mirror: Mirror,
  workspace: GitWorkspace,
  checked: Checked,
  tip: string,
  signal: AbortSignal,
) {
  return (await mirror.isAncestor(signal, tip, checked.commit)) || (await commitsMade(workspace)).includes(tip);
}

/** False when the name is taken by what is not ours to replace. */
async function pushAs(branch: string, { mirror, workspace, checked, signal }: PushRequest): Promise<boolean> {
  const { commit } = checked;
  const ref = `refs/heads/${branch}`;
  /** Refused when the remote's branch is not at `before`; '' stands for no branch. */
  const pushOver = (before: string) => {
    const lease = `--force-with-lease=${ref}:${before}`;
    const what = ['--end-of-options', workspace.url, `${commit}:${ref}`];
    return mirror.remote(signal, ['push', '--quiet', '--no-verify', lease, ...what]);
  };
  try {
    await pushOver('');
  } catch (error) {
    if (!(error instanceof GitError && IN_THE_WAY.test(error.stderr))) throw error;
    const before = await mirror.remoteTip(signal, branch);
    if (before === commit) return true;
    if (before === null || !(await isOurs(mirror, workspace, checked, before, signal))) return false;
    await pushOver(before);
  }
  const after = await mirror.remoteTip(signal, branch);
  if (after === commit) return true;
  const message = `after the push of ${commit}, the remote has ${after ?? 'nothing'} as ${branch}`;
  throw new GitFailure({ class: 'transient', code: 'git.push_unconfirmed', message });
}

function branchesTaken(branches: readonly string[]): Failure {
  const message = `the remote already has the branches ${branches.join(', ')}, with other commits`;
  return { class: 'verification', code: 'git.branch_taken', message, mend: 'person' };
}
