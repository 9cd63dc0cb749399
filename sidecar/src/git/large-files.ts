// Git LFS, for repositories that use it. Its hooks are not needed: the sidecar hands the contents over before it pushes.

import { join } from 'node:path';
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

export class LargeFiles {
  readonly #git: Git;
  readonly #known = new ByCommit<boolean>();

  constructor(git: Git) {
    this.#git = git;
  }

  /** The settings with which a worktree of the commit has its large files; none when it has no such files. */
  async settings(mirror: Mirror, commit: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    if (!(await this.#usedIn(mirror, commit, signal))) return {};
    await needLargeFiles(this.#git, mirror.dir, signal);
    // One store for all attempts, as with the objects.
    return { ...FILTERS, 'lfs.storage': storeOf(mirror.dir) };
  }

  /** Hands the large files of a commit over to the remote, before the branch that names them. */
  async push(mirror: Mirror, workspace: GitWorkspace, commit: string, signal: AbortSignal): Promise<void> {
    if (!(await this.#usedIn(mirror, commit, signal))) return;
    await needLargeFiles(this.#git, mirror.dir, signal);
    const settings = ['-c', `lfs.storage=${storeOf(mirror.dir)}`];
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
