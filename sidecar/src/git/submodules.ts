// Checks out the submodules of a repository that has some, with the credentials of this machine. Their addresses come from whoever may
// commit there, so they are held to the same rules as the address of a task; a directory only for a repository in a directory.

import { isRepoUrl } from '@agentcom/schemas';
import { GitFailure } from './failures.js';
import type { Git } from './git.js';
import type { Mirror } from './mirror.js';

const SUBMODULES_MAX = 256;

/** For submodules of submodules git's own rules count: the same kinds of address, and no options. */
export async function addSubmodules(
  git: Git,
  mirror: Mirror,
  dir: string,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const listed = await mirror.remote(signal, ['ls-tree', '-z', commit, '--', '.gitmodules']);
  if (!listed.stdout.startsWith('100')) return;
  const args = ['config', '--blob', `${commit}:.gitmodules`, '-z', '--get-regexp', '^submodule\\..*\\.url$'];
  const { stdout } = await mirror.remote(signal, args, { answers: [1] });
  const urls = stdout.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(entry.indexOf('\n') + 1)]));
  if (urls.length > SUBMODULES_MAX) throw refused(`there are more than ${SUBMODULES_MAX} of them`);
  const faulty = urls.find((url) => !mayBeUsed(url, mirror.url));
  if (faulty !== undefined) throw refused(`one address cannot be used: ${JSON.stringify(faulty.slice(0, 200))}`);
  if (urls.length === 0) return;
  await git.remote(mirror.url, ['submodule', '--quiet', 'update', '--init', '--recursive'], { cwd: dir, signal });
}

function mayBeUsed(url: string, parent: string): boolean {
  if (/^\.\.?\//.test(url)) return !/[\p{Cc}\s]/u.test(url);
  return isRepoUrl(url) && (!url.startsWith('file:') || parent.startsWith('file:'));
}

function refused(problem: string): GitFailure {
  const message = `the submodules of the repository: ${problem}`;
  return new GitFailure({ class: 'permanent', code: 'git.submodule_refused', message });
}
