// A place to work for each attempt: a worktree on a branch of its own, or a plain directory for a task without a repository.
// Long because it is the one place where an attempt's directories are made, kept and removed.

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Repo } from '@agentcom/schemas';
import { type Checked, idOf, type RepoSettings, type Salvage, type Workspace } from '../core/attempt.js';
import type { Changes } from '../core/diff.js';
import { firstOf } from '../core/first-of.js';
import { attemptRef, branchName, salvageSubject } from '../core/git-policy.js';
import type { Job } from '../core/job-model.js';
import { targetOf } from '../core/pull-request.js';
import { setupCommands } from '../core/set-up.js';
import { type VerifyPolicy, verifyCommands, verifyRefusal } from '../core/verification.js';
import type { AttemptPlaces, UserAccess } from '../host/user-access.js';
import type { DiffSource, Outcome, Workspaces } from '../ports.js';
import { ByCommit } from './by-commit.js';
import { type CacheGcOutcome, type CacheLimits, collectGarbage } from './cache-gc.js';
import { changedPaths } from './changed-paths.js';
import { check } from './check.js';
import { changesSince } from './diff.js';
import { failureOf, GitFailure, isDamage } from './failures.js';
import type { Git } from './git.js';
import { noteSubmodulePhantoms } from './hidden-changes.js';
import { noteIgnored } from './ignored-results.js';
import { keepResults } from './kept-results.js';
import { LargeFiles } from './large-files.js';
import { letThrough } from './let-through.js';
import { Mirror } from './mirror.js';
import { OwnPlaces, refusalOf } from './own-places.js';
import type { PartialClone } from './partial.js';
import { phantomsAmong } from './phantom-changes.js';
import { needDisk, needPrograms, PushRights } from './preflight.js';
import { ownBase, prepareRepository } from './prepare.js';
import { isOurs, push } from './push.js';
import { undoRebase } from './rebase.js';
import { repair } from './repair.js';
import { salvage } from './salvage.js';
import { setUp } from './set-up.js';
import { Queues, Site } from './site.js';
import { type GitWorkspace, Worktree } from './worktree.js';

export interface WorkspaceSettings {
  readonly git: Git;
  readonly agent: string;
  /** Holds the cached repositories and the worktrees; several sidecars may share it. */
  readonly root: string;
  /** Holds what repositories name as `files`, each in a directory of its own. */
  readonly filesDir: string;
  /** Author and committer, as git's environment variables. */
  readonly identity: Readonly<Record<string, string>>;
  /** Patterns, beside those of the repository and the base of the task. */
  readonly protectedBranches: readonly string[];
  readonly partialClone: PartialClone;
  /** Whose verify commands are run. */
  readonly verify: VerifyPolicy;
  /** Where verify commands find their programs. */
  readonly searchPath: string | undefined;
  /** Of the containers in which these run, if in any. */
  readonly image?: string;
  /** What the user may reach as whom agents run, when that is another one. */
  readonly access?: UserAccess;
  /** Told of what could not be kept, which is no reason to stop. */
  readonly warn: (message: string, error: unknown) => void;
}

export class GitWorkspaces implements Workspaces, DiffSource {
  readonly #settings: WorkspaceSettings;
  readonly #queues = new Queues();
  /** As many as this sidecar has had repositories. */
  readonly #pushUrls = new Map<string, string>();
  readonly #largeFiles: LargeFiles;
  readonly #pushRights = new PushRights();
  readonly #repoSettings = new ByCommit<RepoSettings>();
  readonly #places: OwnPlaces;
  readonly #mirrorsDir: string;

  constructor(settings: WorkspaceSettings) {
    this.#settings = settings;
    this.#places = new OwnPlaces(settings.root);
    this.#mirrorsDir = join(settings.root, 'mirrors');
    this.#largeFiles = new LargeFiles(settings.git);
  }

  prepare(job: Job, signal: AbortSignal): Promise<Outcome<Workspace>> {
    const site = this.#siteOf(job);
    return this.#queues.run(site.dir, () =>
      outcome(signal, async () => {
        const refusal = verifyRefusal(job.task, this.#settings.verify);
        if (refusal !== undefined) throw new GitFailure(refusal);
        await this.#places.need('machine', dirname(site.dir), this.#mirrorsDir);
        if (job.task.repo !== undefined) await this.#places.need('machine', this.#mirrorOf(job.task.repo.url).dir);
        // Nothing of this attempt has run yet, so whatever a former try left is of no value.
        await site.take(job.generation);
        await needDisk(dirname(site.dir));
        const { repo } = job.task;
        if (repo !== undefined) {
          return this.#onSoundMirror(repo.url, signal, async (isRetry) => {
            if (isRetry) await site.take(job.generation);
            return this.#prepareGit(job, repo, site, signal);
          });
        }
        await needPrograms(job.task.verify ?? [], this.#settings.searchPath);
        await mkdir(site.dir, { mode: 0o700 });
        await this.#settings.access?.share(site.dir);
        return { kind: 'scratch', dir: site.dir };
      }),
    );
  }

  setUp(job: Job, run: () => Promise<Outcome<null>>, signal: AbortSignal): Promise<Outcome<null>> {
    return outcome(signal, async () => {
      const { git, searchPath, image, warn, access } = this.#settings;
      const workspace = gitWorkspace(job);
      await this.#needOwn(workspace);
      const tree = new Worktree(git, workspace, signal);
      const site = this.#siteOf(job);
      await setUp({
        git,
        tree,
        mirror: this.#mirrorOf(workspace.url),
        site,
        workspace,
        commands: setupCommands(job),
        searchPath,
        run: async () => {
          const ran = await run();
          if (!ran.ok) throw new GitFailure(ran.failure);
          await this.#takeBack(workspace);
          await this.#needOwn(workspace);
        },
        warn,
        ...(access !== undefined && { access }),
        ...(image !== undefined && { image }),
        signal,
      });
      await needPrograms(verifyCommands(job), searchPath);
      await noteIgnored(tree, site);
      await noteSubmodulePhantoms({ git, tree, site, signal });
      return null;
    });
  }

  check(job: Job, signal: AbortSignal): Promise<Outcome<Checked>> {
    return outcome(signal, async () => {
      const { git, identity, protectedBranches } = this.#settings;
      const workspace = gitWorkspace(job);
      await this.#takeBack(workspace);
      await this.#needOwn(workspace);
      if (job.task.push !== undefined) return letThrough(new Worktree(git, workspace, signal), workspace);
      const mirror = this.#mirrorOf(workspace.url);
      // The objects that the attempt borrows.
      if (!mirror.exists) await mirror.locked(signal, () => mirror.refresh(signal));
      const repaired = await repair(git, workspace, signal, this.#settings.access);
      const resultsDir = await this.#resultsPlace(job);
      const checked = await this.#onSoundMirror(workspace.url, signal, () =>
        check({
          git,
          tree: new Worktree(git, workspace, signal, identity),
          mirror,
          site: this.#siteOf(job),
          workspace,
          heldBy: this.#attemptRefOf(job),
          largeFiles: this.#largeFiles,
          resultsDir,
          isNoChange: job.submitted?.noChange !== undefined,
          ownBase: () => ownBase(job.task.repo?.base, mirror, signal),
          protectedBranches,
          signal,
        }),
      );
      return { ...checked, notes: [...repaired, ...checked.notes] };
    });
  }

  async beyondChecked(job: Job, signal: AbortSignal): Promise<readonly string[]> {
    await this.#needOwn(gitWorkspace(job));
    const { dirty, commit } = await new Worktree(this.#settings.git, gitWorkspace(job), signal).status();
    const phantoms = await phantomsAmong(this.#siteOf(job), dirty);
    // Work that the base has already is not where the worktree stands.
    const isUnmoved = commit === job.checked?.commit || job.checked?.commit === job.checked?.base;
    const paths = dirty.map(({ path }) => path).filter((path) => !phantoms.has(path));
    return [
      ...(isUnmoved ? [] : ['the verify commands made commits, which were not pushed']),
      ...(paths.length === 0
        ? []
        : [`the verify commands changed files that are not in the checked commit: ${firstOf(paths)}`]),
    ];
  }

  push(job: Job, signal: AbortSignal): Promise<Outcome<string | null>> {
    return outcome(signal, async () => {
      const { agent, protectedBranches } = this.#settings;
      const workspace = gitWorkspace(job);
      const { checked, task } = job;
      await this.#needOwn(workspace);
      if (checked === null) throw new Error('only checked work is pushed');
      return push({
        largeFiles: this.#largeFiles,
        mirror: this.#mirrorOf(workspace.url),
        workspace,
        checked,
        nameBeside: (taken) => branchName(agent, idOf(job), task.title, taken),
        protectedBranches,
        signal,
      });
    });
  }

  async salvage(job: Job, signal: AbortSignal): Promise<Salvage> {
    const { workspace } = job;
    // Without a workspace nothing has run; a scratch directory has nothing that was meant to stay.
    if (workspace?.kind !== 'git') return { ref: null, isComplete: true };
    const { warn } = this.#settings;
    const site = this.#siteOf(job);
    await this.#takeBack(workspace);
    const refused = await refusalOf(this.#needOwn(workspace));
    if (refused !== null) {
      warn('the work is not salvaged', refused);
      return { ref: null, isComplete: false, notes: [refused.message] };
    }
    const kept = await this.#keep(job, workspace, site, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      warn('cannot salvage the work into the repository; it stays in its directory', error);
      return { ref: null, isComplete: false };
    });
    if (!kept.isComplete)
      await site.keep(job.generation).catch((error: unknown) => warn('cannot mark a directory as kept', error));
    const notes = await this.#keepResults(job, workspace, signal);
    return { ...kept, ...(notes.length > 0 && { notes }) };
  }

  async isPushed(job: Job, signal: AbortSignal): Promise<boolean> {
    const workspace = gitWorkspace(job);
    const mirror = this.#mirrorOf(workspace.url);
    const tip = await mirror.remoteTip(signal, workspace.branch);
    return tip !== null && job.checked !== null && (await isOurs(mirror, workspace, job.checked, tip, signal));
  }

  target(job: Job, signal: AbortSignal): Promise<Outcome<string>> {
    return outcome(signal, async () => {
      const mirror = this.#mirrorOf(gitWorkspace(job).url);
      const target = targetOf(job);
      const isThere = target !== job.task.parentBranch || (await mirror.remoteTip(signal, target)) !== null;
      return isThere ? target : ownBase(job.task.repo?.base, mirror, signal);
    });
  }

  async changedPaths(job: Job, signal: AbortSignal): Promise<readonly string[]> {
    if (job.workspace?.kind !== 'git') return [];
    const { git, warn } = this.#settings;
    try {
      await this.#needOwn(job.workspace);
      return await changedPaths(new Worktree(git, job.workspace, signal), this.#siteOf(job), job.workspace.base);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      warn('cannot list the changed files', error);
      return [];
    }
  }

  async diff(job: Job, signal: AbortSignal): Promise<Changes | null> {
    const { workspace, checked } = job;
    if (workspace?.kind !== 'git') return null;
    await this.#needOwn(workspace);
    return changesSince({ git: this.#settings.git, site: this.#siteOf(job), workspace, checked, signal });
  }

  /** Removes what a forgotten job leaves behind. Its work is pushed or kept; it may have been disposed of before. */
  async dispose(job: Job, signal: AbortSignal): Promise<void> {
    const site = this.#siteOf(job);
    const mirror = job.task.repo === undefined ? undefined : this.#mirrorOf(job.task.repo.url);
    const refused = await refusalOf(
      this.#places.need('machine', dirname(site.dir), ...(mirror === undefined ? [] : [mirror.dir])),
    );
    if (refused !== null) return this.#settings.warn('what the attempt left is not removed', refused);
    await this.#takeBack(site);
    await this.#queues.run(site.dir, () => site.leave(job.generation));
    if (mirror === undefined || !mirror.exists) return;
    await mirror.locked(signal, async () => {
      await mirror.local(signal, ['update-ref', '-d', '--end-of-options', this.#attemptRefOf(job)]);
      await mirror.tidy(signal);
    });
  }

  /** Removes what was not used for long, or more when the disk is full; never work that is nowhere else. */
  async collectGarbage(limits: CacheLimits, signal: AbortSignal): Promise<CacheGcOutcome> {
    const { git, root, agent } = this.#settings;
    await this.#places.need('machine', join(root, 'work', agent), join(root, 'results', agent), this.#mirrorsDir);
    return collectGarbage({
      ...limits,
      git,
      root,
      agent,
      alone: (dir, action) => this.#queues.run(dir, action),
      signal,
    });
  }

  /** Of the user as whom programs run; what cannot be had back is met, and named, by what needs it. */
  async #takeBack(places: AttemptPlaces): Promise<void> {
    const { access, warn } = this.#settings;
    await access
      ?.takeBack(places)
      .catch((error: unknown) => warn('cannot open the files of the agent to the sidecar', error));
  }

  /** The worktree itself may have become anything: git is then not run in it. */
  async #needOwn({ dir, gitDir, mirror }: GitWorkspace): Promise<void> {
    await this.#places.need('permanent', dirname(dir));
    await this.#places.needRepository('permanent', gitDir, mirror);
  }

  /** Of an attempt: for results that git ignores. Null where something is in its place: finished work does not fail for that. */
  async #resultsPlace({ task, generation }: Job): Promise<string | null> {
    const { root, agent, warn } = this.#settings;
    const dir = join(root, 'results', agent, `${task.id}-g${generation}`);
    const refused = await refusalOf(this.#places.need('machine', dir));
    if (refused === null) return dir;
    warn('cannot keep the results that git ignores', refused);
    return null;
  }

  #prepareGit(job: Job, repo: Repo, site: Site, signal: AbortSignal): Promise<GitWorkspace> {
    return prepareRepository({
      ...this.#settings,
      job,
      repo,
      site,
      mirror: this.#mirrorOf(repo.url),
      pushUrls: this.#pushUrls,
      largeFiles: this.#largeFiles,
      pushRights: this.#pushRights,
      repoSettings: this.#repoSettings,
      signal,
    });
  }

  async #keep(job: Job, workspace: GitWorkspace, site: Site, signal: AbortSignal): Promise<Salvage> {
    const { git, identity } = this.#settings;
    await undoRebase(new Worktree(git, workspace, signal), site, workspace);
    const reason = job.failure?.message ?? 'The attempt was stopped.';
    return salvage({
      git,
      mirror: this.#mirrorOf(workspace.url),
      workspace,
      site,
      identity,
      message: `${salvageSubject(idOf(job))}\n\n${reason}\n`,
      signal,
    });
  }

  /** What the repository wants of what git ignores is a result of any attempt, however it ended. */
  async #keepResults(job: Job, workspace: GitWorkspace, signal: AbortSignal): Promise<readonly string[]> {
    const tree = new Worktree(this.#settings.git, workspace, signal);
    try {
      return (await keepResults(tree, workspace, await this.#resultsPlace(job))).notes;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      this.#settings.warn('cannot keep the results that git ignores', error);
      return [];
    }
  }

  /** The mirror is a cache: when its objects are damaged it is made again, and the action is done once more. */
  async #onSoundMirror<T>(url: string, signal: AbortSignal, action: (isRetry: boolean) => Promise<T>): Promise<T> {
    try {
      return await action(false);
    } catch (error) {
      if (signal.aborted || !isDamage(error)) throw error;
      this.#settings.warn('the cached repository is damaged; it is recreated', error);
    }
    const mirror = this.#mirrorOf(url);
    await mirror.locked(signal, () => mirror.remake(signal));
    return action(true);
  }

  #mirrorOf(url: string): Mirror {
    const { git, partialClone, warn } = this.#settings;
    return new Mirror({ git, root: this.#mirrorsDir, partialClone, warn }, url);
  }

  #siteOf({ task }: Job): Site {
    return new Site(this.#settings.root, this.#settings.agent, task.id);
  }

  #attemptRefOf(job: Job): string {
    return attemptRef(this.#settings.agent, idOf(job));
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
