// Finds out where the commits of an attempt have got to at the remote, beside its own branch.

import { readFile, writeFile } from 'node:fs/promises';
import { codeOf } from '@agentcom/schemas/host';
import { madeHere } from '../core/attempt-tip.js';
import type { CheckRequest } from './check.js';
import type { RemoteRefs } from './remote-refs.js';
import type { Worktree } from './worktree.js';

const COMMITS_MAX = 200;
/** Branches that moved at the remote in the time of one attempt; of more than that the first are looked at. */
const BRANCHES_MAX = 500;

/** Keeps what the remote's branches are before the agent begins. */
export async function noteHeads(refs: RemoteRefs, headsFile: string): Promise<void> {
  await writeFile(headsFile, refs.heads, { mode: 0o600 });
}

/** Where HEAD was in the worktree, as `<commit> TAB <what was done>`, the newest first. */
export async function movesOfHead(tree: Worktree): Promise<readonly string[]> {
  const args = ['log', '--walk-reflogs', '-n', String(COMMITS_MAX), '--format=%H%x09%gs', 'HEAD', '--'];
  const { stdout } = await tree.git(args, [128]);
  return stdout.split('\n');
}

/** The branches of the remote, as they were fetched last, that have one of the commits and had not before. */
export async function leakedBranches(
  { tree, mirror, site, workspace, signal }: CheckRequest,
  refs: RemoteRefs,
): Promise<readonly string[]> {
  const before = new Set((await readHeads(site.headsFile)).split('\n'));
  const now = refs.heads.split('\n');
  const moved = now.filter((line) => line !== '' && !before.has(line)).map((line) => line.slice(line.indexOf(' ') + 1));
  const others = moved.filter((branch) => branch !== workspace.branch).slice(0, BRANCHES_MAX);
  if (others.length === 0) return [];
  const commits = madeHere(await movesOfHead(tree));
  // Here by now if they are at the remote; git minds a commit that it does not have.
  const here: string[] = [];
  for (const commit of commits) if ((await mirror.commitAt(signal, commit)) !== null) here.push(commit);
  if (here.length === 0) return [];
  const suspects = others.map((branch) => `refs/remotes/origin/${branch}`);
  const containing = here.map((commit) => `--contains=${commit}`);
  const { stdout } = await mirror.local(signal, [
    'for-each-ref',
    '--format=%(refname:lstrip=3)',
    ...containing,
    ...suspects,
  ]);
  return stdout.split('\n').filter((branch) => branch !== '');
}

/** `<commit> <branch>` in lines. Without the file, every branch counts as moved: slower, and as right. */
export async function readHeads(headsFile: string): Promise<string> {
  try {
    return await readFile(headsFile, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
