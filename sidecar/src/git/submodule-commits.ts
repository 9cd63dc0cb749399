// Whether the commits of submodules that the work names are at their remotes: a commit that only this machine has leaves a result that
// nobody can clone.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRepoUrl } from '@agentcom/schemas/git-names';
import { allDone } from './all-done.js';
import { failureOf, GitFailure } from './failures.js';
import { type Git, GitError, type GitRun } from './git.js';
import { type Change, LINK_MODE, submoduleUrls } from './gitlinks.js';
import type { Worktree } from './worktree.js';

/** Of more remotes than that the rest is not asked, and said to be so. */
const REMOTES_MAX = 256;
const REMOTES_AT_ONCE = 4;

export interface RemoteRequest {
  readonly git: Git;
  /** A path for repositories that are needed meanwhile. */
  readonly probe: string;
  readonly signal: AbortSignal;
}

export interface SubmoduleRequest extends RemoteRequest {
  readonly tree: Worktree;
  readonly commit: string;
  readonly changes: readonly Change[];
  /** The address of the repository, from which those of submodules may be counted. */
  readonly url: string;
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
  const byAddress = new Map<string, { readonly what: string; readonly object: string }[]>();
  for (const { path, object } of links) {
    const address = resolved(urls.get(path) ?? '', url);
    const what = `${path} ${object.slice(0, 12)}`;
    if (address === undefined) missing.push(`${what} (others cannot use its address in .gitmodules)`);
    else byAddress.set(address, [...(byAddress.get(address) ?? []), { what, object }]);
  }
  const remotes = [...byAddress];
  const asked = remotes.slice(0, REMOTES_MAX);
  const answers = await heldByRemotes(
    request,
    asked.map(([address, wanted]) => ({ address, commits: [...new Set(wanted.map(({ object }) => object))] })),
  );
  for (const [index, [, wanted]] of asked.entries()) {
    const held = answers[index] ?? 'it was not asked';
    for (const { what, object } of wanted) {
      if (typeof held === 'string') {
        notes.push(`could not check whether the remote of submodule ${what} has it: ${held}`);
      } else if (!held.has(object)) missing.push(what);
    }
  }
  const unasked = remotes.slice(REMOTES_MAX).reduce((sum, [, wanted]) => sum + wanted.length, 0);
  if (unasked > 0) notes.push(`did not check the commits of ${unasked} more submodules`);
  return { missing, notes };
}

interface Question {
  readonly address: string;
  readonly commits: readonly string[];
}

/** For each remote those of the commits that it has, or why nobody knows. */
export async function heldByRemotes(
  request: RemoteRequest,
  questions: readonly Question[],
): Promise<readonly (ReadonlySet<string> | string)[]> {
  const { probe } = request;
  const answers: (ReadonlySet<string> | string)[] = [];
  const left = questions.entries();
  const askInTurn = async () => {
    for (const [index, question] of left) {
      answers[index] = await heldByRemote({ ...request, probe: join(probe, String(index)) }, question);
    }
  };
  await rm(probe, { recursive: true, force: true });
  await mkdir(probe, { mode: 0o700 });
  try {
    await allDone(Array.from({ length: Math.min(REMOTES_AT_ONCE, questions.length) }, askInTurn));
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
  return answers;
}

async function heldByRemote({ git, probe, signal }: RemoteRequest, { address, commits }: Question) {
  await mkdir(probe, { mode: 0o700 });
  const run: GitRun = { cwd: probe, env: { GIT_DIR: probe, GIT_NO_LAZY_FETCH: '1' }, signal };
  const format = commits[0]?.length === 64 ? 'sha256' : 'sha1';
  const fetch = (...what: string[]) => {
    // No files, where the server can leave them out.
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--filter=tree:0'];
    return git.remote(address, [...args, ...what], run);
  };
  let isGuarded = false;
  const gives = async (wanted: readonly string[]): Promise<boolean> => {
    try {
      await fetch('--depth=1', '--end-of-options', address, ...wanted);
      return true;
    } catch (error) {
      if (!isNo(error)) throw error;
      // Such a server gives out only what its branches and tags name; the commit may be behind one of them.
      isGuarded ||= /unadvertised|does not allow request/i.test(error.stderr);
      return false;
    }
  };
  try {
    await git.local(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`], run);
    if (await gives(commits)) return new Set(commits);
    const held = new Set<string>();
    // It has named one that it does not have, and said nothing of the others.
    if (commits.length > 1) for (const commit of commits) if (await gives([commit])) held.add(commit);
    if (!isGuarded) return held;
    await fetch('--end-of-options', address, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*');
    for (const commit of commits) {
      const found = await git.local(['cat-file', '-e', `${commit}^{commit}`], { ...run, answers: [1, 128] });
      if (found.code === 0) held.add(commit);
    }
    return held;
  } catch (error) {
    // An agent may have given a submodule an address that this machine may not speak to.
    const isKnown = error instanceof GitError || error instanceof GitFailure;
    if (signal.aborted || !isKnown) throw error;
    const { code, message } = failureOf(error);
    return code === 'git.not_found' ? new Set<string>() : message;
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
