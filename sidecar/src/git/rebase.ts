// Puts finished work on top of a base that has moved, once and only when that is clean. A crash in the middle, or a conflict, leaves
// the branch as the agent made it.

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import { removeTree } from '../host/remove-tree.js';
import { GitError } from './git.js';
import type { Mirror } from './mirror.js';
import type { RemoteRefs } from './remote-refs.js';
import type { Site } from './site.js';
import { SHALLOW } from './status.js';
import type { GitWorkspace, Worktree } from './worktree.js';

const FILES_SHOWN = 5;

export interface RebaseRequest {
  readonly tree: Worktree;
  readonly mirror: Mirror;
  readonly refs: RemoteRefs;
  readonly site: Site;
  readonly workspace: GitWorkspace;
  /** The tip of the branch; nothing uncommitted is in the worktree. */
  readonly commit: string;
  /** Where the branch it is meant for is now. */
  readonly base: string;
  /** Only what came after this commit is put there; without it, all that the base does not have. */
  readonly from?: string | undefined;
  /** Files that git takes for changed and nobody has touched. */
  readonly phantoms: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** The new tip, or why there is none. */
export type Rebased = { readonly commit: string } | { readonly why: string; readonly mend: 'agent' | 'person' };

export async function rebase(request: RebaseRequest): Promise<Rebased> {
  const { tree, mirror, refs, site, workspace, commit, base, from, phantoms, signal } = request;
  if (refs.tip(workspace.branch) !== undefined) return { why: 'it has already been pushed', mend: 'person' };
  const merges = await tree.text(['rev-list', '--merges', '--max-count=1', `${from ?? base}..${commit}`]);
  if (merges !== '') return { why: 'it contains merge commits', mend: 'agent' };
  // Contents that are still at the remote come now, by the sidecar's settings and not by the agent's.
  if (await mirror.isPartial()) await mirror.remote(signal, ['diff', '--shortstat', workspace.base, base]);
  await writeDurably(site.rebaseFile, commit);
  let why: string | null = null;
  try {
    await ignoreChanges(tree, phantoms);
    const onto = from === undefined ? [] : ['--onto', base];
    await tree.git(['rebase', '--quiet', '--no-autosquash', '--empty=drop', ...onto, '--end-of-options', from ?? base]);
    if ((await tree.status()).dirty.some(({ path }) => !phantoms.has(path))) why = 'the result has uncommitted changes';
  } catch (error) {
    if (signal.aborted || !(error instanceof GitError) || error.reason !== 'exit') throw error;
    const files = await conflicts(tree);
    why = files.length > 0 ? `conflicts in ${files.join(', ')}` : 'git failed';
  }
  if (why !== null) {
    await undoRebase(tree, site, workspace);
    return { why, mend: 'agent' };
  }
  await rm(site.rebaseFile, { force: true });
  return { commit: await tree.text(['rev-parse', '--verify', 'HEAD^{commit}']) };
}

/** Takes back a rebase of ours that was not finished. Nothing is lost: the worktree was clean when it began. */
export async function undoRebase(tree: Worktree, site: Site, { branch, gitDir }: GitWorkspace): Promise<void> {
  const commit = await readFile(site.rebaseFile, 'utf8').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return null;
  });
  if (commit === null) return;
  // Not by `git rebase --abort`, which applies what the agent may have put there as an autostash.
  for (const state of ['rebase-merge', 'rebase-apply']) await removeTree(join(gitDir, state));
  await tree.git(['checkout', '--quiet', '--force', '-B', branch, commit, '--']);
  await rm(site.rebaseFile, { force: true });
}

/** For git's own look at whether there is anything that a rebase would overwrite. */
async function ignoreChanges(tree: Worktree, paths: ReadonlySet<string>): Promise<void> {
  if (paths.size === 0) return;
  await tree.git(['update-index', '--assume-unchanged', '-z', '--stdin'], [], [...paths].join('\0'));
}

async function conflicts(tree: Worktree): Promise<readonly string[]> {
  const { stdout } = await tree.git(['diff', '--name-only', '--diff-filter=U', '--no-ext-diff', ...SHALLOW, '-z']);
  return stdout.split('\0', FILES_SHOWN).filter((file) => file !== '');
}
