// What an attempt has changed since its base, as git prints it. Only git's own code looks at the files: no program that a diff could be
// made with is asked, and none is run in a repository within.

import { lstat, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Changes, changesIn } from '../core/diff.js';
import { readOwn } from '../host/own-file.js';
import type { Git } from './git.js';
import { phantomsAmong } from './phantom-changes.js';
import type { Site } from './site.js';
import { SHALLOW } from './status.js';
import { type GitWorkspace, Worktree, whatIsAt } from './worktree.js';

/** Of the listing and the text of a patch; what is told of it is much less. */
const PATCH_BYTES_MAX = 8 * 1024 * 1024;
const INDEX_BYTES_MAX = 1024 * 1024 * 1024;

/** As without any settings of the user. Larger files are binary: to compare them takes memory. */
const SETTINGS = [
  '-c',
  'core.bigFileThreshold=16m',
  '-c',
  'diff.suppressBlankEmpty=false',
  '-c',
  'diff.wsErrorHighlight=none',
];
const PLAIN = ['--no-ext-diff', '--no-textconv', '--no-color', '--find-renames', '-l1000', '-O/dev/null', ...SHALLOW];
const PATCH = ['--unified=3', '--inter-hunk-context=0', '--submodule=short', '--diff-algorithm=default'];
const PREFIXES = ['--src-prefix=a/', '--dst-prefix=b/'];

export interface DiffRequest {
  readonly git: Git;
  readonly site: Site;
  readonly workspace: GitWorkspace;
  /** What passed the checks; without it, the worktree as it is. */
  readonly checked: { readonly base: string; readonly commit: string } | null;
  readonly signal: AbortSignal;
}

export function changesSince(request: DiffRequest): Promise<Changes> {
  const { git, workspace, checked, signal } = request;
  if (checked === null) return inWorktree(request);
  if (checked.base === checked.commit) return Promise.resolve({ ...checked, changes: [], patch: '', isCut: false });
  return compared(new Worktree(git, workspace, signal), checked.base, checked.commit);
}

/** With new files, by an index of its own: that of the worktree may be in use. */
async function inWorktree({ git, site, workspace, signal }: DiffRequest): Promise<Changes> {
  const { dir, gitDir, base } = workspace;
  if (whatIsAt(dir) !== 'directory') throw new Error('there is no worktree to compare');
  const indexFile = `${site.indexFile}.diff`;
  const tree = new Worktree(git, workspace, signal, { GIT_INDEX_FILE: indexFile });
  try {
    for (const left of [indexFile, `${indexFile}.lock`]) await rm(left, { force: true });
    if (!(await copyIndex(join(gitDir, 'index'), indexFile))) await tree.git(['read-tree', base]);
    await addNew(tree);
    const found = await compared(tree, base);
    const hidden = await phantomsAmong(
      site,
      found.changes.map(({ path }) => ({ letters: ' M', path })),
    );
    return { ...found, hidden };
  } finally {
    for (const left of [indexFile, `${indexFile}.lock`]) await rm(left, { force: true });
  }
}

/** False when there is none. Files that are no older than their index are looked into, so the copy has to be as old, on any disk. */
async function copyIndex(from: string, to: string): Promise<boolean> {
  const index = await readOwn(from, INDEX_BYTES_MAX);
  if (index === undefined) return false;
  const seconds = Math.floor((await lstat(from)).mtimeMs / 1000);
  await writeFile(to, index, { mode: 0o600 });
  await utimes(to, seconds, seconds);
  return true;
}

/** By name alone: what is in them is read when they are compared. Repositories within are none of the project's files. */
async function addNew(tree: Worktree): Promise<void> {
  const { stdout } = await tree.git(['ls-files', '--others', '--exclude-standard', '-z']);
  // A name that is no UTF-8 would come back to git as another one.
  const paths = stdout.split('\0').filter((path) => path !== '' && !path.endsWith('/') && !path.includes('\uFFFD'));
  if (paths.length === 0) return;
  const from = ['--pathspec-from-file=-', '--pathspec-file-nul'];
  await tree.git(
    ['--literal-pathspecs', 'add', '--intent-to-add', '--ignore-errors', ...from],
    [1, 128],
    paths.join('\0'),
  );
}

/** In one look: the listing, an empty entry, the patch. */
async function compared(tree: Worktree, base: string, commit?: string): Promise<Changes> {
  const what = [...PLAIN, base, ...(commit === undefined ? [] : [commit]), '--'];
  const listed = [...SETTINGS, 'diff', '--raw', '--numstat', '-z'];
  const all = await tree.beginning([...listed, '--patch', ...PATCH, ...PREFIXES, ...what], PATCH_BYTES_MAX);
  const end = all.stdout.indexOf('\0\0');
  const isCut = all.isCut === true;
  if (end < 0) {
    const listing = isCut ? (await tree.git([...listed, ...what])).stdout : all.stdout;
    return { base, ...(commit !== undefined && { commit }), changes: changesIn(listing), patch: '', isCut };
  }
  const [listing, patch] = [all.stdout.slice(0, end + 1), all.stdout.slice(end + 2)];
  return { base, ...(commit !== undefined && { commit }), changes: changesIn(listing), patch, isCut };
}
