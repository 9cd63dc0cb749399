// A place to work for each attempt: a worktree on a branch of its own, or a plain directory for a task without a repository.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRepoUrl } from '@agentcom/schemas';
import type { Salvage, Workspace } from '../core/attempt.js';
import { branchName, judge, salvageRef } from '../core/git-policy.js';
import type { Job } from '../core/job-model.js';
import type { Outcome, Workspaces } from '../ports.js';
import { Found, failureOf } from './failures.js';
import type { Git } from './git.js';
import { Mirror } from './mirror.js';
import { salvage } from './salvage.js';

const DIRTY_SHOWN = 5;

type GitWorkspace = Extract<Workspace, { kind: 'git' }>;

export interface WorkspaceSettings {
  readonly git: Git;
  readonly agent: string;
  /** Holds the cached repositories and the worktrees; several sidecars may share it. */
  readonly root: string;
  /** Author and committer, as git's environment variables. */
  readonly identity: Readonly<Record<string, string>>;
  /** Told of what could not be kept, which is no reason to stop. */
  readonly warn: (message: string, error: unknown) => void;
}

export class GitWorkspaces implements Workspaces {
  readonly #settings: WorkspaceSettings;

  constructor(settings: WorkspaceSettings) {
    this.#settings = settings;
  }

  prepare(job: Job, signal: AbortSignal): Promise<Outcome<Workspace>> {
    return outcome(signal, async () => {
      const dir = this.#dirOf(job);
      // Nothing has run here yet, so whatever a former try left is of no value.
      await rm(dir, { recursive: true, force: true });
      if (job.task.repo === undefined) {
        await mkdir(dir, { recursive: true, mode: 0o700 });
        return { kind: 'scratch', dir };
      }
      return this.#addWorktree(job, job.task.repo, dir, signal);
    });
  }

  check(job: Job, signal: AbortSignal): Promise<Outcome<string>> {
    return outcome(signal, async () => {
      const workspace = gitWorkspace(job);
      const env = { GIT_DIR: workspace.gitDir, GIT_WORK_TREE: workspace.dir };
      const git = (args: readonly string[], answers: readonly number[] = []) =>
        this.#settings.git.local(args, { cwd: workspace.dir, env, signal, answers });
      const head = await git(['symbolic-ref', '--quiet', 'HEAD'], [1]);
      const tip = await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], [1]);
      const commit = tip.code === 0 ? tip.stdout.trim() : workspace.base;
      const status = await git(['status', '--porcelain=v1', '-z', '--untracked-files=normal', '--no-renames']);
      const own = await git(['rev-list', '--count', `${workspace.base}..${commit}`]);
      const ancestry = await git(['merge-base', '--is-ancestor', workspace.base, commit], [1]);
      const failure = judge({
        branch: head.code === 0 ? head.stdout.trim().replace(/^refs\/heads\//, '') : null,
        expectedBranch: workspace.branch,
        dirty: status.stdout.split('\0', DIRTY_SHOWN).filter((line) => line !== ''),
        ownCommits: Number(own.stdout),
        baseIsAncestor: ancestry.code === 0,
      });
      if (failure !== undefined) throw new Found(failure);
      return commit;
    });
  }

  push(job: Job, signal: AbortSignal): Promise<Outcome<null>> {
    return outcome(signal, async () => {
      const { branch, url } = gitWorkspace(job);
      const { commit } = job;
      if (commit === null) throw new Error('only checked work is pushed');
      const mirror = this.#mirrorOf(url);
      const before = await mirror.remoteTip(signal, branch);
      if (before === commit) return null;
      // The agent may have pushed its branch itself; anything else under this name is not ours to replace.
      if (before !== null) {
        const { code } = await mirror.local(signal, ['merge-base', '--is-ancestor', before, commit], [1, 128]);
        if (code !== 0) {
          const message = `the remote has another ${branch}, which this work does not contain`;
          throw new Found({ class: 'verification', code: 'git.branch_taken', message });
        }
      }
      const ref = `refs/heads/${branch}`;
      const lease = `--force-with-lease=${ref}:${before ?? ''}`;
      await mirror.remote(signal, [
        'push',
        '--quiet',
        '--no-verify',
        lease,
        '--end-of-options',
        url,
        `${commit}:${ref}`,
      ]);
      const after = await mirror.remoteTip(signal, branch);
      if (after !== commit) {
        const message = `the remote has ${after ?? 'nothing'} as ${branch} after ${commit} was pushed`;
        throw new Found({ class: 'transient', code: 'git.push_unconfirmed', message });
      }
      return null;
    });
  }

  async salvage(job: Job, signal: AbortSignal): Promise<Salvage> {
    const { workspace } = job;
    // Without a workspace nothing has run; a scratch directory has nothing that was meant to stay.
    if (workspace?.kind !== 'git') return { ref: null, isComplete: true };
    const { git, identity, warn } = this.#settings;
    const indexFile = `${this.#dirOf(job)}.index`;
    const message = `Work kept from task ${job.task.id}, generation ${job.generation}\n\n${job.failure?.message ?? 'The attempt was stopped.'}\n`;
    try {
      return await salvage({ git, workspace, indexFile, identity, message, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      warn('the work could not be kept in the repository and stays in its directory', error);
      return { ref: null, isComplete: false };
    }
  }

  /** Removes what a forgotten job leaves behind. Its work is pushed or kept; it may have been disposed of before. */
  async dispose(job: Job, signal: AbortSignal): Promise<void> {
    await rm(this.#dirOf(job), { recursive: true, force: true });
    if (job.task.repo === undefined) return;
    const mirror = this.#mirrorOf(job.task.repo.url);
    if (!mirror.exists) return;
    await mirror.locked(signal, async () => {
      await this.#forgetWorktree(mirror, this.#dirOf(job), signal);
      await mirror.local(signal, ['update-ref', '-d', '--end-of-options', `refs/heads/${this.#branchOf(job)}`]);
      await mirror.local(signal, ['-c', 'gc.auto=6700', '-c', 'gc.autoDetach=false', 'gc', '--quiet', '--auto']);
    });
  }

  async #addWorktree(
    job: Job,
    repo: { readonly url: string; readonly base?: string },
    dir: string,
    signal: AbortSignal,
  ): Promise<Workspace> {
    if (!isRepoUrl(repo.url)) {
      throw new Found({
        class: 'permanent',
        code: 'git.address_refused',
        message: 'the address of the repository cannot be used',
      });
    }
    const mirror = this.#mirrorOf(repo.url);
    const branch = this.#branchOf(job);
    return mirror.locked(signal, async () => {
      await mirror.ensure(signal);
      const base = await mirror.fetchBase(signal, repo.base);
      await this.#forgetWorktree(mirror, dir, signal);
      const flags = ['--quiet', '--force', '--no-track', '-B', branch];
      await mirror.local(signal, ['worktree', 'add', ...flags, '--end-of-options', dir, base]);
      const run = { cwd: dir, signal };
      const { stdout } = await this.#settings.git.local(['rev-parse', '--absolute-git-dir'], run);
      const { agent } = this.#settings;
      const kept = salvageRef(agent, { task: job.task.id, generation: job.generation });
      return {
        kind: 'git',
        dir,
        mirror: mirror.dir,
        gitDir: stdout.trimEnd(),
        url: repo.url,
        branch,
        base,
        salvageRef: kept,
      };
    });
  }

  /** Its directory is gone already, so git may object to nothing but that it knows of none. */
  async #forgetWorktree(mirror: Mirror, dir: string, signal: AbortSignal): Promise<void> {
    await mirror.local(signal, ['worktree', 'remove', '--force', '--force', '--end-of-options', dir], [128]);
  }

  #mirrorOf(url: string): Mirror {
    return new Mirror(this.#settings.git, join(this.#settings.root, 'mirrors'), url);
  }

  #branchOf({ task, generation }: Job): string {
    return branchName(this.#settings.agent, { task: task.id, generation }, task.title);
  }

  #dirOf({ task, generation }: Job): string {
    return join(this.#settings.root, 'work', this.#settings.agent, `${task.id}-g${generation}`);
  }
}

function gitWorkspace(job: Job): GitWorkspace {
  if (job.workspace?.kind !== 'git') throw new Error('the job has no worktree');
  return job.workspace;
}

/** Turns what a step throws into the failure it stands for; only an abort stays an exception. */
async function outcome<T>(signal: AbortSignal, action: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { ok: false, failure: failureOf(error) };
  }
}
