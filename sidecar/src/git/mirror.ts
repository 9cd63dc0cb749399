// A bare repository that caches one remote for all attempts on this machine. It is the sidecar's alone: attempts have repositories of
// their own that borrow its objects. It fetches into refs/remotes/origin/* only. Whoever changes it as a whole holds its lock.

import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { codeOf, waitForLock } from '@agentcom/schemas/host';
import { slugOf } from '../core/git-policy.js';
import { GitFailure, isOfThisDisk } from './failures.js';
import { type Git, GitError, type GitRun } from './git.js';
import { ownSettingsOf } from './own-settings.js';
import { FETCHED, fetchWhole, type PartialClone } from './partial.js';
import { LISTED, RemoteRefs } from './remote-refs.js';

/** How long to wait for others, each of whom may be fetching. */
const LOCK_MS = 30 * 60_000;
/** A lock file of git's that is older belongs to a process that died. */
const STALE_LOCK_MS = 10 * 60_000;
const STALE_LOCKS_MAX = 20;
/** More packs than that are worth the work of joining them. */
const PACKS_MAX = 50;
/** And more loose objects than that, of packing them. */
const LOOSE_MAX = 6_700;
const LISTING_BYTES_MAX = 256 * 1024 * 1024;
/** The settings with which a mirror was made; its time says when the mirror was used last. */
export const PRISTINE = 'config.pristine';
/** Other after each fetch that has brought something; absent while it is not known whether one has. */
const STAMP = 'refs.stamp';
/** The refs of the remote as git lists them, behind the stamp that they were listed at. */
const LISTING = 'refs.listing';
export const ATTEMPT_REFS = 'refs/agentcom/attempt/';

export interface MirrorSettings {
  readonly git: Git;
  /** Holds all mirrors. */
  readonly root: string;
  readonly partialClone: PartialClone;
  readonly warn: (message: string, error: unknown) => void;
}

export class Mirror {
  readonly dir: string;
  readonly #settings: MirrorSettings;

  /** `url` has been checked to be an address that may be used. */
  constructor(
    settings: MirrorSettings,
    readonly url: string,
  ) {
    const path = url.replace(/\.git$/, '');
    const name = slugOf(path.split(/[/:]/).at(-1) ?? '');
    const digest = createHash('sha256').update(url).digest('hex').slice(0, 16);
    this.#settings = settings;
    this.dir = join(settings.root, `${name === '' ? 'repository' : name}-${digest}.git`);
  }

  get exists(): boolean {
    return existsSync(this.dir);
  }

  get #git(): Git {
    return this.#settings.git;
  }

  /** Runs `action` while no other process changes the mirror as a whole. */
  async locked<T>(signal: AbortSignal, action: () => Promise<T>): Promise<T> {
    const late = AbortSignal.timeout(LOCK_MS);
    const held = await waitForLock(`${this.dir}.lock`, AbortSignal.any([signal, late])).catch((error: unknown) => {
      if (signal.aborted || !late.aborted) throw error;
      const message = 'other attempts locked the cached repository for too long';
      throw new GitFailure({ class: 'transient', code: 'git.busy', message });
    });
    try {
      return await action();
    } finally {
      held.release();
    }
  }

  /** Runs a git command in the mirror that reaches no other repository. */
  async local(signal: AbortSignal, args: readonly string[], answers: readonly number[] = []) {
    return this.#git.local(args, { ...this.#run(signal), answers, stdoutBytesMax: LISTING_BYTES_MAX });
  }

  /** Runs a git command that speaks to the remote, or may have to for contents that were left there. */
  async remote(signal: AbortSignal, args: readonly string[], more: Partial<GitRun> = {}) {
    const run = this.#run(signal);
    const merged = { stdoutBytesMax: LISTING_BYTES_MAX, ...run, ...more, env: { ...run.env, ...more.env } };
    return this.#git.remote(this.url, args, merged);
  }

  /** Copies what `from` (a ref, or a commit) has in the repository of an attempt, and makes `ref` name it. */
  async take(signal: AbortSignal, gitDir: string, from: string, ref: string): Promise<void> {
    await this.takeFrom(signal, ownSettingsOf(gitDir), from, ref);
  }

  /** The same from any repository; git reads its settings. */
  async takeFrom(signal: AbortSignal, dir: string, from: string, ref: string): Promise<void> {
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--end-of-options', dir];
    await this.#git.between([...args, `+${from}:${ref}`], this.#run(signal));
  }

  /** Brings everything up to date; makes the mirror when it is not there, and again when it cannot take what the remote has. */
  async refresh(signal: AbortSignal): Promise<void> {
    if (!existsSync(join(this.dir, PRISTINE))) return this.#make(signal);
    await this.#restoreSettings();
    try {
      await this.#fetch(signal);
    } catch (error) {
      // What the remote or the way there is to blame for would be the same with another mirror.
      if (signal.aborted || !isOfThisDisk(error)) throw error;
      this.#settings.warn('cannot update the cached repository; it is recreated', error);
      await this.#make(signal);
    }
  }

  /** Makes it again, from the remote; what attempts kept in it comes along. */
  async remake(signal: AbortSignal): Promise<void> {
    await this.#make(signal);
  }

  async commitAt(signal: AbortSignal, ref: string): Promise<string | null> {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
    const { code, stdout } = await this.local(signal, args, [1, 128]);
    return code === 0 ? stdout.trim() : null;
  }

  async isAncestor(signal: AbortSignal, older: string, newer: string): Promise<boolean> {
    return (await this.local(signal, ['merge-base', '--is-ancestor', older, newer], [1, 128])).code === 0;
  }

  /** As they were fetched last: listed by git once, until a fetch brings something. */
  async refs(signal: AbortSignal): Promise<RemoteRefs> {
    const stamp = await textOf(join(this.dir, STAMP));
    const file = join(this.dir, LISTING);
    const kept = stamp === undefined ? undefined : await textOf(file);
    if (stamp !== undefined && kept?.startsWith(`${stamp}\n`) === true) {
      return new RemoteRefs(kept.slice(stamp.length + 1));
    }
    const args = ['for-each-ref', '--format=%(objectname) %(refname)', ...LISTED];
    const { stdout } = await this.local(signal, args);
    if (stamp !== undefined) await keep(file, `${stamp}\n${stdout}`);
    return new RemoteRefs(stdout);
  }

  /** The tip of a branch at the remote, or null. */
  async remoteTip(signal: AbortSignal, branch: string): Promise<string | null> {
    const ref = `refs/heads/${branch}`;
    const { stdout } = await this.remote(signal, ['ls-remote', '--quiet', '--end-of-options', this.url, ref]);
    const line = stdout.split('\n').find((candidate) => candidate.endsWith(`\t${ref}`));
    return line?.split('\t')[0] ?? null;
  }

  async defaultBranch(signal: AbortSignal): Promise<string> {
    const args = ['ls-remote', '--quiet', '--symref', '--end-of-options', this.url, 'HEAD'];
    const { stdout } = await this.remote(signal, args);
    const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(stdout)?.[1];
    if (branch !== undefined) return branch;
    const message = 'the repository has no default branch: it is empty, or its HEAD points to a missing branch';
    throw new GitFailure({ class: 'permanent', code: 'git.no_default_branch', message });
  }

  /** Whether contents are left at the remote until they are needed. */
  async isPartial(): Promise<boolean> {
    return /^\s*promisor = "?true"?$/m.test(await readFile(join(this.dir, PRISTINE), 'utf8'));
  }

  /** What git found out when it made the mirror: of the disk, such as whether names differ by case, and of the remote's objects. */
  async diskSettings(): Promise<Readonly<Record<string, string>>> {
    const text = await readFile(join(this.dir, PRISTINE), 'utf8');
    const found = text.matchAll(/^\s*(filemode|ignorecase|precomposeunicode|symlinks) = (true|false)$/gm);
    const format = /^\s*objectformat = (\w+)$/m.exec(text)?.[1];
    return {
      ...Object.fromEntries([...found].map(([, name, value]) => [`core.${name}`, value ?? ''])),
      ...(format !== undefined && { 'extensions.objectFormat': format }),
    };
  }

  /**
   * Joins packs when there are many. Objects that nothing needs go only while no attempt borrows any: its repository may need what
   * nothing here does.
   */
  async tidy(signal: AbortSignal): Promise<void> {
    const packs = (await readdir(join(this.dir, 'objects', 'pack'))).filter((name) => name.endsWith('.pack'));
    // As git estimates it: by one of the 256 directories.
    const sample = await readdir(join(this.dir, 'objects', '17')).catch(() => []);
    if (packs.length <= PACKS_MAX && sample.length * 256 <= LOOSE_MAX) return;
    const { stdout } = await this.local(signal, ['for-each-ref', '--count=1', ATTEMPT_REFS]);
    if (stdout === '') {
      const limits = ['-c', `gc.auto=${LOOSE_MAX}`, '-c', `gc.autoPackLimit=${PACKS_MAX}`, '-c', 'gc.autoDetach=false'];
      await this.local(signal, [...limits, 'gc', '--quiet', '--auto']);
    } else if (packs.length > PACKS_MAX && !(await this.isPartial())) {
      await this.local(signal, ['repack', '--geometric=2', '-d', '-q']);
    }
  }

  async #restoreSettings(): Promise<void> {
    await rm(join(this.dir, 'hooks'), { recursive: true, force: true });
    const temporary = join(this.dir, 'config.new');
    await copyFile(join(this.dir, PRISTINE), temporary);
    await rename(temporary, join(this.dir, 'config'));
    const now = new Date();
    await utimes(join(this.dir, PRISTINE), now, now);
  }

  /** Under another name first, so that it is there completely or not at all. */
  async #make(signal: AbortSignal): Promise<void> {
    const temporary = `${this.dir}.new`;
    const { git, partialClone } = this.#settings;
    await fetchWhole({ git, url: this.url, dir: temporary, partialClone, signal });
    await copyFile(join(temporary, 'config'), join(temporary, PRISTINE));
    if (this.exists) {
      await this.#bringOver(temporary, signal);
      await rename(this.dir, this.#aside);
    }
    await rename(temporary, this.dir);
  }

  get #aside(): string {
    return `${this.dir.replace(/\.git$/, '')}.aside-${Date.now()}.git`;
  }

  /** What attempts kept in the one that cannot be used, as far as git can read it; it stays aside. */
  async #bringOver(temporary: string, signal: AbortSignal): Promise<void> {
    const run: GitRun = { cwd: temporary, env: { GIT_DIR: temporary }, signal };
    const fetched = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--end-of-options', this.dir];
    const take = (...refs: string[]) => this.#git.between([...fetched, ...refs], run);
    try {
      await take('+refs/agentcom/*:refs/agentcom/*').catch(async (error: unknown) => {
        if (signal.aborted) throw error;
        const { stdout } = await this.local(signal, ['for-each-ref', '--format=%(refname)', 'refs/agentcom/']);
        const failed: unknown[] = [];
        for (const ref of stdout.split('\n').filter((line) => line !== '')) {
          await take(`+${ref}:${ref}`).catch((cause: unknown) => failed.push(cause));
        }
        signal.throwIfAborted();
        if (failed.length > 0 || stdout === '') throw failed[0] ?? error;
      });
    } catch (error) {
      if (signal.aborted) throw error;
      this.#settings.warn(
        `cannot read all of the salvaged work of a damaged repository; the rest stays in the directory next to it`,
        error,
      );
    }
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        const stampFile = join(this.dir, STAMP);
        const stamp = await textOf(stampFile);
        await rm(stampFile, { force: true });
        const fetch = ['fetch', '--no-progress', '--prune', '--no-write-fetch-head', ...FETCHED];
        const { stderr } = await this.remote(signal, fetch);
        // git names each ref that it has changed, and is silent otherwise.
        await keep(stampFile, stderr === '' && stamp !== undefined ? stamp : randomUUID());
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

/** Undefined when it is not there. */
async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/** Under another name first, since others may be reading it. On a full disk git is asked again instead. */
async function keep(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, text)
    .then(() => rename(temporary, file))
    .catch(() => rm(temporary, { force: true }));
}
