// Keeps work that did not get to the remote: commits, changes and new files (but not what the repository ignores) become one
// commit under a ref of the mirror.

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Salvage } from '../core/attempt.js';
import { beganRef, otherRef } from '../core/git-policy.js';
import { type Git, GitError } from './git.js';
import { changesInside, commitIn, isPopulated, type Link, linksIn } from './gitlinks.js';
import { changesInOtherWorktrees } from './hidden-changes.js';
import { flaggedPaths } from './index-file.js';
import type { Mirror } from './mirror.js';
import { noteLatePhantoms, phantomsAmong } from './phantom-changes.js';
import type { Site } from './site.js';
import { submoduleTips } from './submodule-tips.js';
import { findTips, stashes } from './tips.js';
import { type GitWorkspace, Worktree, whatIsAt } from './worktree.js';

/** In the attempt's repository, until the mirror has it. */
const OWN_REF = 'refs/agentcom/salvage';

export interface SalvageRequest {
  readonly git: Git;
  readonly mirror: Mirror;
  readonly workspace: GitWorkspace;
  readonly site: Site;
  /** Author and committer, as git's environment variables. */
  readonly identity: Readonly<Record<string, string>>;
  readonly message: string;
  readonly signal: AbortSignal;
}

/**
 * Resolves to a ref of null when there is nothing that the base does not have. What is beside the work, such as another branch, gets
 * a ref of its own that begins with the same name. Rejects when nothing could be kept.
 */
export async function salvage(request: SalvageRequest): Promise<Salvage> {
  const { git, mirror, workspace, site, signal } = request;
  // An index of its own, so that the one of the worktree is neither needed nor changed.
  const { indexFile } = site;
  const tree = new Worktree(git, workspace, signal, { ...request.identity, GIT_INDEX_FILE: indexFile });
  const head =
    (await tree.commitAt('HEAD')) ?? (await tree.commitAt(`refs/heads/${workspace.branch}`)) ?? workspace.base;
  // Either may be left from a salvage that was killed.
  for (const left of [indexFile, `${indexFile}.lock`]) await rm(left, { force: true });
  await tree.git(['read-tree', head]);
  const flagged = await flaggedPaths(workspace);
  if (flagged !== undefined && flagged.absent.length > 0) {
    await tree.git(['update-index', '--skip-worktree', '-z', '--stdin'], [], flagged.absent.join('\0'));
  }
  const what = whatIsAt(workspace.dir);
  const isAdded = what === 'directory' ? await addEverything(request, tree) : what === 'nothing';
  const isComplete = (await submoduleTips({ ...request, tree })).length === 0 && isAdded;
  const files = await tree.text(['write-tree']);
  const headFiles = await tree.text(['rev-parse', '--verify', `${head}^{tree}`]);
  await rm(indexFile, { force: true });

  const isChanged = files !== headFiles;
  const there = isChanged ? await tree.text(['commit-tree', '-p', head, '-m', request.message, files]) : head;
  const found = await findTips({
    tree,
    site,
    workspace,
    head: { branch: undefined, commit: head },
    base: workspace.base,
  });
  const tips = [found.work, ...found.others].flatMap((tip) => (tip === undefined ? [] : [tip.commit]));
  const isOnWork = found.work === undefined || found.work.commit === head;
  const all = isOnWork ? [there, ...tips] : [...tips, ...(isChanged ? [there] : [])];
  const commits = [...new Set(all)].filter((commit) => commit !== workspace.base && (!isChanged || commit !== head));
  const stashed = (await stashes(tree, workspace.gitDir)).map(({ commit }) => commit);
  if (commits.length === 0 && stashed[0] !== undefined) commits.push(await asChanges(request, tree, stashed[0]));
  const [kept, ...others] = [...commits, ...stashed];
  const isPushed = (await tree.commitAt(`refs/remotes/origin/${workspace.branch}`)) !== null;
  const published = isPushed ? { branch: workspace.branch } : {};
  if (kept === undefined) return { ref: null, isComplete, ...published };
  await mirror.local(signal, ['update-ref', '--end-of-options', beganRef(workspace.salvageRef), workspace.base]);
  await keep(request, tree, kept, workspace.salvageRef);
  for (const other of others) await keep(request, tree, other, otherRef(workspace.salvageRef, other));
  return { ref: workspace.salvageRef, isComplete, ...published };
}

/** A stash as changes on top of the commit that it was made on; new files are in the stash alone, as a commit of their own. */
async function asChanges({ message }: SalvageRequest, tree: Worktree, stash: string): Promise<string> {
  return tree.text(['commit-tree', '-p', `${stash}^1`, '-m', message, `${stash}^{tree}`]);
}

async function keep(
  { mirror, workspace, signal }: SalvageRequest,
  tree: Worktree,
  commit: string,
  ref: string,
): Promise<void> {
  await tree.git(['update-ref', '--end-of-options', OWN_REF, commit]);
  await mirror.take(signal, workspace.gitDir, OWN_REF, ref);
}

/** False when something stays that only the directory has: an unreadable file, or the inside of a repository within. */
async function addEverything(request: SalvageRequest, tree: Worktree): Promise<boolean> {
  const { git, workspace, site, signal } = request;
  const { indexFile } = site;
  const here = (link: Link) => isPopulated(join(workspace.dir, link.path));
  const known = (await linksOf(tree)).filter(here);
  let isComplete = true;
  // Left out: for each link that it has in the index, git would look for changes by running itself inside.
  const { dirty } = await tree.status({ untracked: 'no' });
  await noteLatePhantoms(tree, site, dirty);
  const phantoms = await phantomsAmong(site, dirty);
  const left = new Set(known.map(({ path }) => path));
  await leaveAsGiven(
    tree,
    [...phantoms].filter((path) => !left.has(path)),
  );
  const pathsFile = `${indexFile}.paths`;
  await writeFile(pathsFile, ['.', ...[...left].map((path) => `:(exclude,literal)${path}`)].join('\0'));
  try {
    await tree.git(['add', '--all', '--ignore-errors', `--pathspec-from-file=${pathsFile}`, '--pathspec-file-nul']);
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'exit') throw error;
    isComplete = false;
  } finally {
    await rm(pathsFile, { force: true });
  }
  if ((await linksOf(tree)).some((link) => here(link) && !left.has(link.path))) isComplete = false;
  for (const link of known) if (!(await isAsGiven(request, tree, link, phantoms.has(link.path)))) isComplete = false;
  if ((await changesInOtherWorktrees({ ...request, tree: new Worktree(git, workspace, signal) })).length > 0)
    isComplete = false;
  return isComplete;
}

/** In the index, since there may be very many, and git compares each path with every one that is left out. */
async function leaveAsGiven(tree: Worktree, phantoms: readonly string[]): Promise<void> {
  // A name that is no UTF-8 is not read as it is, and git stops at one that it does not have.
  const named = phantoms.filter((path) => !path.includes('\uFFFD'));
  if (named.length === 0) return;
  await tree.git(['update-index', '--assume-unchanged', '-z', '--stdin'], [], named.join('\0'));
}

async function linksOf(tree: Worktree): Promise<readonly Link[]> {
  return linksIn((await tree.git(['ls-files', '--stage', '-z'])).stdout);
}

/** Whether a submodule has nothing that is only here: at the commit of the base, or of the set-up commands that have moved it. */
async function isAsGiven(
  request: SalvageRequest,
  tree: Worktree,
  { path, commit }: Link,
  isMoved: boolean,
): Promise<boolean> {
  const { git, workspace, site, signal } = request;
  const inner = join(workspace.dir, path);
  const { stdout } = await tree.git(['ls-tree', '-z', workspace.base, '--', `:(literal)${path}`]);
  const ofBase = stdout.startsWith(`160000 commit ${commit}\t`) ? commit : undefined;
  const given = isMoved ? await commitIn(inner) : ofBase;
  if (given === undefined) return false;
  const changes = await changesInside(git, inner, given, `${site.indexFile}.settings`, signal);
  const paths = changes.map((change) => ({ letters: ' M', path: `${path}/${change.path}` }));
  return (await phantomsAmong(site, paths)).size === paths.length;
}
