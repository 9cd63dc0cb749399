// Checks out the submodules of a repository that has some, with the credentials of this machine. Their addresses come from whoever may
// commit there, so they are held to the same rules as the address of a task; a directory only for a repository in a directory.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRepoUrl } from '@agentcom/schemas/git-names';
import { causeIn } from '../core/git-cause.js';
import { GitFailure } from './failures.js';
import { type Git, GitError } from './git.js';
import { linksIn } from './gitlinks.js';
import type { Mirror } from './mirror.js';

const SUBMODULES_MAX = 256;
const DEPTH_MAX = 8;
/** What git says of submodules that cannot be had anywhere, whatever the machine. */
const BROKEN =
  /did not contain [0-9a-f]{40,}|not our ref|reference is not a tree|to a non-commit|no url found for submodule|bad config|invalid value for|cannot strip one component/i;

export async function addSubmodules(...of: Parameters<typeof add>): Promise<void> {
  try {
    await add(...of);
  } catch (error) {
    if (error instanceof GitError && BROKEN.test(error.stderr)) throw refused(causeIn(error.stderr));
    throw error;
  }
}

async function add(git: Git, mirror: Mirror, dir: string, commit: string, signal: AbortSignal): Promise<void> {
  const listed = await mirror.remote(signal, ['ls-tree', '-z', commit, '--', '.gitmodules']);
  if (!listed.stdout.startsWith('100')) return;
  // All of it: asked for some of it, git says no more of settings that it cannot read than that there is none.
  const { stdout } = await mirror.remote(signal, ['config', '--blob', `${commit}:.gitmodules`, '-z', '--list']);
  const urls = stdout.split('\0').flatMap((entry) => /^submodule\..*\.url\n(.*)$/s.exec(entry)?.[1] ?? []);
  if (urls.length > SUBMODULES_MAX) throw refused(`there are more than ${SUBMODULES_MAX} of them`);
  const faulty = urls.find((url) => !mayBeUsed(url, mirror.url));
  if (faulty !== undefined) throw refused(`one address cannot be used: ${JSON.stringify(faulty.slice(0, 200))}`);
  if (urls.length === 0) return;
  await addLevel({ git, parent: mirror.url, signal, left: { count: SUBMODULES_MAX } }, dir, 0);
}

interface Levels {
  readonly git: Git;
  readonly parent: string;
  readonly signal: AbortSignal;
  /** How many may come yet. */
  readonly left: { count: number };
}

/** One level after the other: git would follow the addresses in submodules before anybody could judge them. */
async function addLevel(levels: Levels, dir: string, depth: number): Promise<void> {
  const { git, parent, signal, left } = levels;
  if (depth === DEPTH_MAX) throw refused(`they are nested more than ${DEPTH_MAX} deep`);
  const run = { cwd: dir, signal };
  // Writes into the settings what git will use, with relative addresses resolved.
  await git.local(['submodule', '--quiet', 'init'], run);
  const { stdout } = await git.local(['config', '--local', '-z', '--get-regexp', '^submodule\\..*\\.url$'], {
    ...run,
    answers: [1],
  });
  const urls = stdout.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(entry.indexOf('\n') + 1)]));
  left.count -= urls.length;
  if (left.count < 0) throw refused(`there are more than ${SUBMODULES_MAX} of them`);
  for (const url of urls) {
    if (!mayBeUsed(url, parent)) throw refused(`one address cannot be used: ${JSON.stringify(url.slice(0, 200))}`);
    await git.need(url);
  }
  await git.remote(parent, ['submodule', '--quiet', 'update'], run);
  const listed = await git.local(['ls-files', '--stage', '-z'], run);
  for (const { path } of linksIn(listed.stdout)) {
    if (existsSync(join(dir, path, '.gitmodules'))) await addLevel(levels, join(dir, path), depth + 1);
  }
}

function mayBeUsed(url: string, parent: string): boolean {
  if (/^\.\.?\//.test(url)) return !/[\p{Cc}\s]/u.test(url);
  return isRepoUrl(url) && (!url.startsWith('file:') || parent.startsWith('file:'));
}

function refused(problem: string): GitFailure {
  const message = `the submodules of the repository: ${problem}`;
  return new GitFailure({ class: 'permanent', mend: 'person', code: 'git.submodule_refused', message });
}
