// Prepares the repository and the worktree of an attempt, after looking at everything that would keep its work from being pushed.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Repo } from '@agentcom/schemas';
import { type Failure, idOf, type RepoSettings } from '../core/attempt.js';
import { attemptRef, branchName, isProtected, protectedBranch, salvageRef } from '../core/git-policy.js';
import type { Job } from '../core/job-model.js';
import { followedSettings, type VerifyPolicy, verifyCommands } from '../core/verification.js';
import type { UserAccess } from '../host/user-access.js';
import { allDone } from './all-done.js';
import type { ByCommit } from './by-commit.js';
import { GitFailure } from './failures.js';
import type { Git } from './git.js';
import { noteSubmodulePhantoms } from './hidden-changes.js';
import type { LargeFiles } from './large-files.js';
import type { Mirror } from './mirror.js';
import { needPrograms, type PushRights } from './preflight.js';
import { noteRefs } from './remote-refs.js';
import { findSalvagedWork, findWorkToPush, replay, type SalvagedWork } from './salvaged-work.js';
import { placeFiles } from './set-up.js';
import { readSettings } from './settings-file.js';
import type { Site } from './site.js';
import { addSubmodules } from './submodules.js';
import { type GitWorkspace, layOut, Worktree } from './worktree.js';

export interface PrepareRequest {
  readonly git: Git;
  readonly agent: string;
  readonly identity: Readonly<Record<string, string>>;
  readonly protectedBranches: readonly string[];
  readonly verify: VerifyPolicy;
  readonly searchPath: string | undefined;
  readonly filesDir: string;
  readonly warn: (message: string, error: unknown) => void;
  readonly job: Job;
  readonly repo: Repo;
  /** Is empty. */
  readonly site: Site;
  readonly mirror: Mirror;
  readonly pushUrls: Map<string, string>;
  readonly largeFiles: LargeFiles;
  readonly pushRights: PushRights;
  readonly repoSettings: ByCommit<RepoSettings>;
  readonly access?: UserAccess;
  readonly signal: AbortSignal;
}

export async function prepareRepository(request: PrepareRequest): Promise<GitWorkspace> {
  const { agent, job, repo, site, mirror, pushRights, searchPath, signal } = request;
  await request.git.need(repo.url);
  const found = await mirror.locked(signal, async () => {
    const [ownBase] = await allDone([
      refreshedBase(repo, mirror, signal),
      mirror.exists ? pushRights.need(mirror, signal) : undefined,
    ]);
    await pushRights.need(mirror, signal);
    const beginning = await findBeginning(request, ownBase);
    await noteRefs(beginning.refs, site.headsFile);
    const held = beginning.salvaged?.files ?? beginning.base;
    await mirror.local(signal, ['update-ref', '--end-of-options', attemptRef(agent, idOf(job)), held]);
    return beginning;
  });
  const { baseBranch, base, refs } = found;
  const known = request.repoSettings.get(base);
  const read = known ?? request.repoSettings.set(base, await readSettings(mirror, base, signal));
  const settings = followedSettings(read, request.verify);
  // Set-up commands may install them: looked for after those.
  if (settings.setup.length === 0) {
    await needPrograms(verifyCommands({ task: job.task, workspace: { kind: 'git', settings } }), searchPath);
  }
  const branch = branchName(agent, idOf(job), job.task.title, refs.names);
  if (isProtected(branch, [...request.protectedBranches, ...settings.protectedBranches])) {
    throw new GitFailure(protectedBranch(branch));
  }
  const salvaged = await checkOut(request, found, branch);
  const workspace: GitWorkspace = {
    kind: 'git',
    dir: site.dir,
    mirror: mirror.dir,
    gitDir: site.gitDir,
    url: repo.url,
    branch,
    base: salvaged === null || salvaged.isOffBase ? base : salvaged.began,
    baseBranch,
    salvageRef: salvageRef(agent, idOf(job)),
    restored: salvaged !== null,
    settings,
  };
  if (job.task.push === undefined) await placeFiles(workspace, request.filesDir, request.access);
  return workspace;
}

type Beginning = Awaited<ReturnType<typeof findBeginning>>;

async function findBeginning({ job, mirror, signal }: PrepareRequest, ownBase: string) {
  const { task, previous } = job;
  const refs = await mirror.refs(signal);
  const { parentBranch } = task;
  const baseBranch = parentBranch !== undefined && refs.tip(parentBranch) !== undefined ? parentBranch : ownBase;
  const base = refs.tip(baseBranch);
  if (base === undefined) throw new GitFailure(isShallow(mirror.url) ? SHALLOW_REMOTE : noBranch(baseBranch));
  if (task.push !== undefined) {
    const salvaged = await findWorkToPush(mirror, task.push.salvageRef, base, signal);
    if (salvaged === null) throw new GitFailure(keptWorkGone(task.push.salvageRef));
    return { baseBranch, base, refs, salvaged };
  }
  const kept = previous?.salvageRef ?? null;
  const salvaged = kept === null ? null : await findSalvagedWork(mirror, task.id, kept, base, signal);
  return { baseBranch, base, refs, salvaged };
}

/** Resolves with the work of an attempt before that is in the worktree. */
async function checkOut(request: PrepareRequest, beginning: Beginning, branch: string): Promise<SalvagedWork | null> {
  const { git, identity, mirror, site, largeFiles, pushUrls, signal, warn, access } = request;
  const { baseBranch, base, refs, salvaged } = beginning;
  const isOnBase = salvaged === null || salvaged.isOffBase;
  const files = isOnBase ? base : salvaged.files;
  await layOut({
    ...{ git, mirror, site, branch, baseBranch, refs, pushUrls, files, signal },
    ...(access !== undefined && { access }),
    tip: isOnBase ? base : salvaged.tip,
    settings: await largeFiles.settings(mirror, files, signal),
  });
  const replayed = salvaged?.isOffBase === true && (await replay(new Worktree(git, site, signal, identity), salvaged));
  if (salvaged?.isOffBase === true && !replayed) {
    warn('the kept work does not apply to the rewritten base; the attempt starts without it', salvaged.files);
    await site.take(request.job.generation);
    await noteRefs(refs, site.headsFile);
    return checkOut(request, { ...beginning, salvaged: null }, branch);
  }
  if (existsSync(join(site.dir, '.gitmodules'))) {
    await addSubmodules(git, mirror, site.dir, files, signal).catch((error: unknown) => {
      // Kept work may name a commit that only its submodule had.
      if (signal.aborted || salvaged === null) throw error;
      warn('cannot check out the submodules that salvaged work names', error);
    });
    await noteSubmodulePhantoms({ git, tree: new Worktree(git, site, signal), site, signal });
  }
  return salvaged;
}

/** The branch that the task itself names, or the remote's default. */
export async function ownBase(named: string | undefined, mirror: Mirror, signal: AbortSignal): Promise<string> {
  return named ?? mirror.defaultBranch(signal);
}

/** Brings the mirror up to date; resolves with the branch to begin from, which is another question to the remote. */
async function refreshedBase({ base }: Repo, mirror: Mirror, signal: AbortSignal): Promise<string> {
  if (base !== undefined || !mirror.exists) {
    await mirror.refresh(signal);
    return ownBase(base, mirror, signal);
  }
  const [, branch] = await allDone([mirror.refresh(signal), mirror.defaultBranch(signal)]);
  return branch;
}

/** git fetches nothing from a directory with a part of the history only. */
function isShallow(url: string): boolean {
  if (!url.startsWith('file:')) return false;
  const dir = fileURLToPath(url);
  return [join(dir, 'shallow'), join(dir, '.git', 'shallow')].some((path) => existsSync(path));
}

const SHALLOW_REMOTE: Failure = {
  class: 'permanent',
  code: 'git.shallow_remote',
  message:
    'the repository is a shallow clone, so others cannot fetch from it: run `git fetch --unshallow` in it, or use the address it was cloned from',
};

function keptWorkGone(ref: string): Failure {
  const message = `the work kept as ${ref} is missing from this machine; requeue the task to start over`;
  return { class: 'permanent', code: 'git.kept_work_gone', message };
}

function noBranch(name: string): Failure {
  return { class: 'permanent', code: 'git.base_not_found', message: `the repository has no branch ${name}` };
}
