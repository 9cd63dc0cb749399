// Judges what an agent has left, and what became of the remote meanwhile.

import type { Checked } from '../core/attempt.js';
import { isProtected, judge, judgeLeaks } from '../core/git-policy.js';
import { failureOf, GitFailure } from './failures.js';
import { changesBetween, embeddedRepositories } from './gitlinks.js';
import type { LargeFiles } from './large-files.js';
import { leakedBranches } from './leaked-commits.js';
import type { Mirror } from './mirror.js';
import { rebase, undoRebase } from './rebase.js';
import type { RemoteRefs } from './remote-refs.js';
import type { Site } from './site.js';
import type { GitWorkspace, Worktree } from './worktree.js';

const DIRTY_SHOWN = 5;

export interface CheckRequest {
  readonly tree: Worktree;
  readonly mirror: Mirror;
  readonly site: Site;
  readonly workspace: GitWorkspace;
  /** The ref of the mirror that holds the attempt's work. */
  readonly heldBy: string;
  readonly largeFiles: LargeFiles;
  /** Beside the base. */
  readonly protectedBranches: readonly string[];
  readonly signal: AbortSignal;
}

export async function check(request: CheckRequest): Promise<Checked> {
  const { tree, mirror, site, workspace, heldBy, signal } = request;
  await undoRebase(tree, site, workspace);
  const commit = await finished(request);
  await mirror.take(signal, workspace.gitDir, commit, heldBy);
  const unreachable = await refreshed(mirror, signal);
  if (unreachable !== null) {
    return { commit, base: workspace.base, notes: [`cannot fetch from the remote again: ${unreachable}`] };
  }
  const refs = await mirror.refs(signal);
  const notes = await notedLeaks(request, refs);
  const checked = await upToDate(request, commit, refs);
  if (checked.commit !== commit) await mirror.take(signal, workspace.gitDir, checked.commit, heldBy);
  return { ...checked, notes: [...notes, ...checked.notes] };
}

/** The tip of the branch, when it can be pushed. */
async function finished({ tree, workspace, largeFiles }: CheckRequest): Promise<string> {
  const { branch, commit = workspace.base, dirty } = await tree.status();
  const { lost, own } = await tree.between(workspace.base, commit);
  const changes = await changesBetween(tree, workspace.base, commit);
  if (!changes.some(({ path }) => /(^|\/)\.gitattributes$/.test(path))) largeFiles.sameAs(workspace.base, commit);
  const failure = judge({
    branch,
    expectedBranch: workspace.branch,
    dirty: dirty.slice(0, DIRTY_SHOWN),
    embedded: (await embeddedRepositories(tree, commit, changes)).slice(0, DIRTY_SHOWN),
    ownCommits: own,
    baseIsAncestor: lost === 0,
  });
  if (failure !== undefined) throw new GitFailure(failure);
  return commit;
}

/** Finished work does not fail because the remote is away for a moment: the push will wait for it. Null when it is there. */
async function refreshed(mirror: Mirror, signal: AbortSignal): Promise<string | null> {
  try {
    await mirror.locked(signal, () => mirror.refresh(signal));
    return null;
  } catch (error) {
    if (signal.aborted) throw error;
    const failure = failureOf(error);
    if (failure.class === 'transient') return failure.message;
    throw error;
  }
}

async function notedLeaks(request: CheckRequest, refs: RemoteRefs): Promise<readonly string[]> {
  const { workspace } = request;
  const branches = await leakedBranches(request, refs);
  const patterns = [...request.protectedBranches, ...workspace.settings.protectedBranches];
  const judged = judgeLeaks(branches, (name) => name === workspace.baseBranch || isProtected(name, patterns));
  if (judged.failure !== undefined) throw new GitFailure(judged.failure);
  return judged.notes;
}

async function upToDate(request: CheckRequest, commit: string, refs: RemoteRefs): Promise<Checked> {
  const { tree, workspace } = request;
  const { baseBranch } = workspace;
  const base = refs.tip(baseBranch);
  if (base === undefined) {
    return { commit, base: workspace.base, notes: [`the remote no longer has the branch ${baseBranch}`] };
  }
  if (base === workspace.base) return { commit, base, notes: [] };
  const behind = Number(await tree.text(['rev-list', '--count', `${commit}..${base}`]));
  if (behind === 0) return { commit, base, notes: [] };
  const rebased = await rebase({ ...request, refs, commit, base });
  if ('commit' in rebased) {
    return { commit: rebased.commit, base, notes: [`rebased onto ${base.slice(0, 12)}, where ${baseBranch} is now`] };
  }
  const commits = behind === 1 ? '1 commit' : `${behind} commits`;
  return { commit, base: workspace.base, notes: [`${commits} behind ${baseBranch} and not rebased: ${rebased.why}`] };
}
