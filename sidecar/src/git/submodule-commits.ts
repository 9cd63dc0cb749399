// Whether the commits of submodules that the work names are at their remotes: a commit that only this machine has leaves a result that
// nobody can clone.

import { mkdir, rm } from 'node:fs/promises';
import { isRepoUrl } from '@agentcom/schemas';
import { failureOf } from './failures.js';
import { type Git, GitError, type GitRun } from './git.js';
import { type Change, LINK_MODE, submoduleUrls } from './gitlinks.js';
import type { Worktree } from './worktree.js';

/** Each is a question to a remote. */
const ASKED_MAX = 20;

export interface SubmoduleRequest {
  readonly git: Git;
  readonly tree: Worktree;
  readonly commit: string;
  readonly changes: readonly Change[];
  /** The address of the repository, from which those of submodules may be counted. */
  readonly url: string;
  /** A path for a repository that is needed meanwhile. */
  readonly probe: string;
  readonly signal: AbortSignal;
}

export interface SubmoduleAnswers {
  /** What no remote has, as `<path> <commit>`. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

export async function submoduleCommits(request: SubmoduleRequest): Promise<SubmoduleAnswers> {
  const { tree, commit, url } = request;
  const links = request.changes.filter(({ mode }) => mode === LINK_MODE);
  if (links.length === 0) return { missing: [], notes: [] };
  const urls = await submoduleUrls(tree, commit);
  const missing: string[] = [];
  const notes: string[] = [];
  for (const { path, object } of links.slice(0, ASKED_MAX)) {
    const address = resolved(urls.get(path) ?? '', url);
    const what = `${path} ${object.slice(0, 12)}`;
    if (address === undefined) {
      missing.push(`${what} (others cannot use its address in .gitmodules)`);
      continue;
    }
    const answer = await isAtRemote(request, address, object);
    if (answer === false) missing.push(what);
    else if (answer !== true) notes.push(`could not check whether the remote of submodule ${what} has it: ${answer}`);
  }
  if (links.length > ASKED_MAX) notes.push(`did not check the commits of ${links.length - ASKED_MAX} more submodules`);
  return { missing, notes };
}

/** Or why nobody knows. */
async function isAtRemote(request: SubmoduleRequest, address: string, commit: string): Promise<boolean | string> {
  const { git, probe, signal } = request;
  await rm(probe, { recursive: true, force: true });
  await mkdir(probe, { mode: 0o700 });
  const run: GitRun = { cwd: probe, env: { GIT_DIR: probe }, signal };
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  const fetch = (...what: string[]) => {
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head'];
    return git.remote(address, [...args, ...what], run);
  };
  try {
    await git.local(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`], run);
    try {
      await fetch('--depth=1', '--end-of-options', address, commit);
      return true;
    } catch (error) {
      if (!isNo(error)) throw error;
      // Such a server gives out only what its branches and tags name; the commit may be behind one of them.
      if (!/unadvertised|does not allow request/i.test(error.stderr)) return false;
    }
    await fetch('--end-of-options', address, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*');
    return (await git.local(['cat-file', '-e', `${commit}^{commit}`], { ...run, answers: [1, 128] })).code === 0;
  } catch (error) {
    if (signal.aborted || !(error instanceof GitError)) throw error;
    const { code, message } = failureOf(error);
    return code === 'git.not_found' ? false : message;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

function isNo(error: unknown): error is GitError {
  const isAnswer = /not our ref|unadvertised|does not allow request|couldn't find remote ref|upload-pack: not/i;
  return error instanceof GitError && isAnswer.test(error.stderr);
}

/** As git counts an address that begins with a dot; undefined for one that others cannot use. */
export function resolved(address: string, parent: string): string | undefined {
  let base = parent.replace(/\/+$/, '');
  let rest = address;
  if (/^\.\.?\//.test(rest)) {
    for (;;) {
      if (rest.startsWith('./')) rest = rest.slice(2);
      else if (rest.startsWith('../')) {
        rest = rest.slice(3);
        base = base.includes('/') ? base.replace(/\/[^/]*$/, '') : base.replace(/:[^:]*$/, ':');
      } else break;
    }
    rest = base.endsWith(':') ? `${base}${rest}` : `${base}/${rest}`;
  }
  return isRepoUrl(rest) && (!rest.startsWith('file:') || parent.startsWith('file:')) ? rest : undefined;
}
