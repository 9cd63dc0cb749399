// A bare repository that caches one remote for all attempts on this machine. It fetches into refs/remotes/origin/* only, so that
// no fetch can touch the branches that attempts work on. Whoever changes it as a whole holds its lock.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { slugOf } from '../core/git-policy.js';
import { lock } from '../host/lock.js';
import { Found } from './failures.js';
import { type Git, GitError, type GitRun } from './git.js';

/** How long to wait for others, each of whom may be fetching. */
const LOCK_MS = 30 * 60_000;
/** A lock file of git's that is older belongs to a process that died. */
const STALE_LOCK_MS = 10 * 60_000;
const STALE_LOCKS_MAX = 20;
/** The settings with which a mirror was made. */
const PRISTINE = 'config.pristine';

export class Mirror {
  readonly dir: string;

  /** `root` holds all mirrors; `url` has been checked to be an address that may be used. */
  constructor(
    readonly git: Git,
    readonly root: string,
    readonly url: string,
  ) {
    const name = slugOf(
      url
        .replace(/\.git$/, '')
        .split(/[/:]/)
        .at(-1) ?? '',
    );
    const digest = createHash('sha256').update(url).digest('hex').slice(0, 16);
    this.dir = join(root, `${name === '' ? 'repository' : name}-${digest}.git`);
  }

  get exists(): boolean {
    return existsSync(this.dir);
  }

  /** Runs `action` while no other process changes the mirror as a whole. */
  async locked<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
    const late = AbortSignal.timeout(LOCK_MS);
    const held = await lock(`${this.dir}.lock`, AbortSignal.any([signal, late])).catch((error: unknown) => {
      if (signal.aborted || !late.aborted) throw error;
      const message = 'other attempts kept the cached repository busy for too long';
      throw new Found({ class: 'transient', code: 'git.busy', message });
    });
    try {
      return await action();
    } finally {
      await held.release();
    }
  }

  /** Runs a git command in the mirror that reaches no other repository. */
  async local(signal: AbortSignal, args: readonly string[], answers: readonly number[] = []) {
    return this.git.local(args, { ...this.#run(signal), answers });
  }

  /** Runs a git command that speaks to the remote. */
  async remote(signal: AbortSignal, args: readonly string[]) {
    return this.git.remote(this.url, args, this.#run(signal));
  }

  /** Makes the mirror when it is not there; otherwise takes out what attempts before may have set up in it for themselves. */
  async ensure(signal: AbortSignal): Promise<void> {
    if (!this.exists) return this.#make(signal);
    await rm(join(this.dir, 'hooks'), { recursive: true, force: true });
    const temporary = join(this.dir, 'config.new');
    await copyFile(join(this.dir, PRISTINE), temporary);
    await rename(temporary, join(this.dir, 'config'));
  }

  /** Under another name first, so that it is there completely or not at all. */
  async #make(signal: AbortSignal): Promise<void> {
    const temporary = `${this.dir}.new`;
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    const run: GitRun = { cwd: temporary, signal };
    await this.git.local(['init', '--quiet', '--bare', '--template='], run);
    const settings = {
      'remote.origin.url': this.url,
      'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
      'gc.auto': '0',
    };
    for (const [name, value] of Object.entries(settings)) await this.git.local(['config', name, value], run);
    await copyFile(join(temporary, 'config'), join(temporary, PRISTINE));
    await rename(temporary, this.dir);
  }

  /** Fetches, and returns the tip of `base`, by default of the remote's default branch. */
  async fetchBase(signal: AbortSignal, base: string | undefined): Promise<string> {
    const branch = base ?? (await this.#defaultBranch(signal));
    await this.#fetch(signal);
    const ref = `refs/remotes/origin/${branch}^{commit}`;
    const { code, stdout } = await this.local(
      signal,
      ['rev-parse', '--verify', '--quiet', '--end-of-options', ref],
      [1],
    );
    if (code === 0) return stdout.trim();
    throw new Found({
      class: 'permanent',
      code: 'git.base_not_found',
      message: `the repository has no branch ${branch}`,
    });
  }

  /** The tip of a branch at the remote, or null. */
  async remoteTip(signal: AbortSignal, branch: string): Promise<string | null> {
    const ref = `refs/heads/${branch}`;
    const { stdout } = await this.remote(signal, ['ls-remote', '--quiet', '--end-of-options', this.url, ref]);
    const line = stdout.split('\n').find((candidate) => candidate.endsWith(`\t${ref}`));
    return line?.split('\t')[0] ?? null;
  }

  async #defaultBranch(signal: AbortSignal): Promise<string> {
    const { stdout } = await this.remote(signal, [
      'ls-remote',
      '--quiet',
      '--symref',
      '--end-of-options',
      this.url,
      'HEAD',
    ]);
    const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(stdout)?.[1];
    if (branch !== undefined) return branch;
    const message = 'the repository has no default branch: it is empty, or its HEAD names a branch that does not exist';
    throw new Found({ class: 'permanent', code: 'git.no_default_branch', message });
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const refs = '+refs/heads/*:refs/remotes/origin/*';
    for (let tries = 0; ; tries += 1) {
      try {
        await this.remote(signal, [
          'fetch',
          '--quiet',
          '--prune',
          '--no-write-fetch-head',
          '--end-of-options',
          this.url,
          refs,
        ]);
        return;
      } catch (error) {
        if (tries === STALE_LOCKS_MAX || !(await this.#removeStaleLock(error))) throw error;
      }
    }
  }

  /** A crash of the machine leaves git's own lock files behind, and git never removes those of others. */
  async #removeStaleLock(error: unknown): Promise<boolean> {
    const path =
      error instanceof GitError ? /Unable to create '(.+\.lock)': File exists/.exec(error.stderr)?.[1] : undefined;
    if (path === undefined || !path.startsWith(this.dir + sep)) return false;
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs < STALE_LOCK_MS) return false;
    await unlink(path);
    return true;
  }

  #run(signal: AbortSignal): GitRun {
    return { cwd: this.dir, env: { GIT_DIR: this.dir }, signal };
  }
}
