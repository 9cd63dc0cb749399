// Finds the commits that an attempt has left, and puts its branch on the one that is its work.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Candidate, chooseTip, lastMadeHere, type Tips } from '../core/attempt-tip.js';
import { otherRef } from '../core/git-policy.js';
import { contentOf } from '../host/own-file.js';
import type { Mirror } from './mirror.js';
import { isMadeHere, movesOfHead, type OwnRefs, ownRefs } from './own-refs.js';
import { type RefsBefore, refsBefore } from './remote-refs.js';
import { newTags } from './remote-traces.js';
import type { Site } from './site.js';
import type { Status } from './status.js';
import type { GitWorkspace, Worktree } from './worktree.js';

/** Of more branches than that, those with the newest commits are looked at. */
const BRANCHES_MAX = 50;
const HEADS = 'refs/heads/';
const IS_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export interface TipsRequest {
  readonly tree: Worktree;
  readonly site: Site;
  readonly workspace: GitWorkspace;
  readonly head: Pick<Status, 'branch' | 'commit'>;
  /** The commit that the work has to stand on. */
  readonly base: string;
}

type Place = Pick<Candidate, 'place' | 'commit'>;

export interface TipsFound extends Tips {
  /** Where the attempt's branch stands; undefined when there is none any more. */
  readonly ofBranch: string | undefined;
}

export async function findTips(request: TipsRequest): Promise<TipsFound> {
  const { tree, site, workspace, head, base } = request;
  const before = await refsBefore(site.headsFile);
  const refs = await ownRefs(workspace);
  const branches = await localBranches(tree, refs, workspace.branch);
  const ofBranch = branches.get(workspace.branch);
  const places: [place: string, commit: string][] = [];
  const looksBack =
    head.commit !== ofBranch &&
    head.commit !== undefined &&
    ofBranch !== undefined &&
    (await tree.isAncestor(head.commit, ofBranch));
  // A look at an older commit, as a bisection leaves it.
  if (head.commit !== undefined && !looksBack) places.push([head.branch ?? 'HEAD', head.commit]);
  if (ofBranch !== undefined) places.push([workspace.branch, ofBranch]);
  if (head.branch !== workspace.branch || head.commit === base) {
    const last = lastMadeHere(await movesOfHead(workspace));
    if (last !== undefined) places.push(['HEAD before it was moved', last]);
  }
  for (const [name, commit] of branches) if (name !== workspace.branch) places.push([name, commit]);
  for (const [name, commit] of await tagged(request, refs, before)) places.push([`tag ${name}`, commit]);
  for (const commit of await detachedWorktrees(workspace)) places.push(['HEAD of another worktree', commit]);

  const candidates: Candidate[] = [];
  const seen = new Set<string>([base]);
  for (const [place, commit] of places) {
    if (seen.has(commit)) continue;
    seen.add(commit);
    const { lost, own } = await tree.between(base, commit);
    const hasOwnCommits = own > 0 && (place === workspace.branch || (await isNew(request, before, commit)));
    candidates.push({ place, commit, descendsFromBase: lost === 0, hasOwnCommits });
  }
  const { work, others } = chooseTip(candidates);
  if (work === undefined) return { work, others, ofBranch };
  const apart: Candidate[] = [];
  for (const other of others) if (!(await tree.isAncestor(other.commit, work.commit))) apart.push(other);
  return { work, others: apart, ofBranch };
}

/** By tags that the agent has made. */
async function tagged(
  { tree, workspace }: TipsRequest,
  refs: OwnRefs,
  before: RefsBefore,
): Promise<readonly [string, string][]> {
  const isOurs = await isMadeHere(workspace);
  const found: [string, string][] = [];
  for (const [name] of newTags(refs, before).slice(0, BRANCHES_MAX)) {
    const commit = await tree.commitAt(`refs/tags/${name}`);
    if (commit !== null && isOurs(commit)) found.push([name, commit]);
  }
  return found;
}

/** More of them than an agent forgets. */
const STASHES_MAX = 20;

/** Changes that were put away, the newest first: git has no branch for them, and they go with the repository. */
export async function stashes(tree: Worktree, gitDir: string): Promise<readonly Place[]> {
  if (!existsSync(join(gitDir, 'logs', 'refs', 'stash'))) return [];
  const args = ['log', '--walk-reflogs', '-n', String(STASHES_MAX), '--format=%H', 'refs/stash', '--'];
  const commits = (await tree.text(args)).split('\n').filter((line) => line !== '');
  return commits.map((commit) => ({ place: 'stash', commit }));
}

/** Keeps tips in the mirror that nothing else keeps; what was said of each. */
export async function keepOthers(
  mirror: Mirror,
  workspace: GitWorkspace,
  others: readonly Place[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const { place, commit } of others) {
    const ref = otherRef(workspace.salvageRef, commit);
    await mirror.take(signal, workspace.gitDir, commit, ref);
    notes.push(`not pushed: ${commit.slice(0, 12)} (${place}), kept as ${ref}`);
  }
  return notes;
}

/** Checks the tip out as the attempt's branch. A tip that the branch had, and the new one has not, stays a branch beside it. */
export async function settleOn(
  tree: Worktree,
  { branch }: GitWorkspace,
  head: Status,
  before: string | undefined,
  commit: string,
): Promise<void> {
  if (before !== undefined && before !== commit && !(await tree.isAncestor(before, commit))) {
    await tree.git(['update-ref', '--end-of-options', `refs/heads/${branch}-${before.slice(0, 12)}`, before]);
  }
  if (head.branch === branch && head.commit === commit) return;
  // Whatever is dirty here is so by itself.
  await tree.git(['checkout', '--quiet', '--force', '-B', branch, commit, '--']);
}

/** By name; the ones with the newest commits first, and the attempt's own in any case. */
async function localBranches(tree: Worktree, refs: OwnRefs, own: string): Promise<ReadonlyMap<string, string>> {
  const known = [...refs].filter(([ref]) => ref.startsWith(HEADS));
  // As a rule there is none but the attempt's own; git is asked only for an order.
  if (known.every(([ref, at]) => ref === `${HEADS}${own}` && IS_COMMIT.test(at))) {
    return new Map(known.map(([, commit]) => [own, commit]));
  }
  const args = ['for-each-ref', '--sort=-committerdate', '--format=%(objectname) %(refname:lstrip=2)', HEADS];
  const lines = (await tree.text(args)).split('\n').filter((line) => line !== '');
  const all = lines.map((line): [string, string] => {
    const [commit = ''] = line.split(' ', 1);
    return [line.slice(commit.length + 1), commit];
  });
  return new Map(all.filter(([name], index) => index < BRANCHES_MAX || name === own));
}

/** Where worktrees stand that the agent has made, when they are on no branch. */
async function detachedWorktrees({ gitDir }: GitWorkspace): Promise<readonly string[]> {
  const dir = join(gitDir, 'worktrees');
  const names = await readdir(dir).catch(() => []);
  const heads: string[] = [];
  for (const name of names.slice(0, BRANCHES_MAX)) {
    const head = (await contentOf(join(dir, name, 'HEAD')).catch(() => '')).trim();
    if (IS_COMMIT.test(head)) heads.push(head);
  }
  return heads;
}

/** Whether it has commits that no branch of the remote had when the attempt began. */
async function isNew({ tree, base }: TipsRequest, { branches }: RefsBefore, commit: string): Promise<boolean> {
  const input = [commit, `^${base}`, ...[...branches.values()].map((tip) => `^${tip}`), ''].join('\n');
  const { stdout } = await tree.git(['rev-list', '--count', '--max-count=1', '--ignore-missing', '--stdin'], [], input);
  return stdout.trim() !== '0';
}
