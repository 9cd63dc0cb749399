// Git LFS, for repositories that use it. Its hooks are not needed: the sidecar hands the contents over before it pushes.

import { join } from 'node:path';
import type { Failure } from '../core/attempt.js';
import { ByCommit } from './by-commit.js';
import { GitFailure } from './failures.js';
import { type Git, GitError } from './git.js';
import type { Mirror } from './mirror.js';
import type { GitWorkspace } from './worktree.js';

/** What `git lfs install` would set. */
const FILTERS = {
  'filter.lfs.clean': 'git-lfs clean -- %f',
  'filter.lfs.smudge': 'git-lfs smudge -- %f',
  'filter.lfs.process': 'git-lfs filter-process',
  'filter.lfs.required': 'true',
};

const NOT_LARGE: Failure = {
  class: 'verification',
  code: 'git.lfs_missing',
  message:
    'the commits use Git LFS (`filter=lfs` in .gitattributes), but git-lfs is not installed on this machine, so git has committed those files whole: take LFS out again, or say in your report that git-lfs has to be installed',
  mend: 'agent',
};

export class LargeFiles {
  readonly #git: Git;
  readonly #known = new ByCommit<boolean>();

  constructor(git: Git) {
    this.#git = git;
  }

  /** The settings with which a worktree of the commit has its large files. */
  async settings(mirror: Mirror, commit: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    // One for all attempts, as with the objects. An agent may begin to use it.
    const store = { 'lfs.storage': storeOf(mirror.dir) };
    if (!(await this.#usedIn(mirror, commit, signal))) return store;
    await needLargeFiles(this.#git, mirror.dir, signal);
    await this.#needRemotes(mirror, commit, signal);
    return { ...FILTERS, ...store };
  }

  /** Work that has changed what is a large file must not need a program that is missing here: git has taken the files in whole then. */
  async judge(mirror: Mirror, commit: string, signal: AbortSignal): Promise<void> {
    if (!(await this.#usedIn(mirror, commit, signal))) return;
    await needLargeFiles(this.#git, mirror.dir, signal).catch((error: unknown) => {
      throw error instanceof GitFailure ? new GitFailure(NOT_LARGE) : error;
    });
  }

  /** Hands the large files of a commit over to the remote, before the branch that names them. */
  async push(mirror: Mirror, workspace: GitWorkspace, commit: string, signal: AbortSignal): Promise<void> {
    if (!(await this.#usedIn(mirror, commit, signal))) return;
    await needLargeFiles(this.#git, mirror.dir, signal);
    // Not where its store is, which is git's own choice here: a remote on this disk would be taken to have the same.
    const settings: string[] = [];
    await this.#needRemotes(mirror, workspace.base, signal);
    // As the base has it: an agent does not choose where its work is sent.
    const url = await mirror.local(
      signal,
      ['config', '--blob', `${workspace.base}:.lfsconfig`, '--get', 'lfs.url'],
      [1, 128],
    );
    if (url.code === 0) settings.push('-c', `lfs.url=${url.stdout.trim()}`);
    await this.#git.remote(workspace.url, [...settings, 'lfs', 'push', 'origin', commit], {
      cwd: mirror.dir,
      env: { GIT_DIR: mirror.dir },
      signal,
    });
  }

  /** The commit has the same `.gitattributes` as its base. */
  sameAs(base: string, commit: string): void {
    const known = this.#known.get(base);
    if (known !== undefined) this.#known.set(commit, known);
  }

  /**
   * git-lfs takes addresses from the repository. Where it is led from there (by a redirect, or by the answer that says where a file is)
   * nobody is asked.
   */
  async #needRemotes(mirror: Mirror, commit: string, signal: AbortSignal): Promise<void> {
    const args = [
      'config',
      '--blob',
      `${commit}:.lfsconfig`,
      '-z',
      '--get-regexp',
      '^(lfs|remote\\..*)\\.(lfs)?(push)?url$',
    ];
    const { code, stdout } = await mirror.local(signal, args, [1, 128]);
    if (code !== 0) return;
    for (const entry of stdout.split('\0'))
      if (entry !== '') await this.#git.need(entry.slice(entry.indexOf('\n') + 1));
  }

  async #usedIn(mirror: Mirror, commit: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#known.get(commit);
    if (known !== undefined) return known;
    const args = ['grep', '--quiet', '-F', '-e', 'filter=lfs', commit, '--', ':(top,glob)**/.gitattributes'];
    return this.#known.set(commit, (await mirror.remote(signal, args, { answers: [1] })).code === 0);
  }
}

async function needLargeFiles(git: Git, cwd: string, signal: AbortSignal): Promise<void> {
  try {
    await git.local(['lfs', 'version'], { cwd, signal });
  } catch (error) {
    if (!(error instanceof GitError) || error.reason !== 'exit') throw error;
    const message = 'the repository uses Git LFS, but git-lfs is not installed on this machine';
    throw new GitFailure({ class: 'permanent', code: 'git.lfs_missing', message });
  }
}

function storeOf(mirror: string): string {
  return join(mirror, 'lfs');
}
