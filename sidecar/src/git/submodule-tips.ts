// Commits that an attempt has left in submodules beside what its work links to: on a branch there, or where HEAD was. They would go
// with the worktree. Without submodules git is not started.

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { lastMadeHere } from '../core/attempt-tip.js';
import { otherRef } from '../core/git-policy.js';
import { type Git, GitError } from './git.js';
import { bySettingsOfOurs, gitDirOf, linksIn, submoduleUrls } from './gitlinks.js';
import type { Mirror } from './mirror.js';
import { modulesIn } from './moved-submodules.js';
import { movesOfHead, ownRefs, TRACKED } from './own-refs.js';
import type { Site } from './site.js';
import { heldByRemotes, resolved } from './submodule-commits.js';
import type { GitWorkspace, Worktree } from './worktree.js';

/** Of more the rest is left out. */
const TIPS_MAX = 50;
/** A tip with more commits than that is one all the same. */
const COMMITS_MAX = 10_000;
const HEADS = 'refs/heads/';
const IS_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export interface TipsRequest {
  readonly git: Git;
  readonly tree: Worktree;
  readonly site: Site;
  readonly signal: AbortSignal;
}

export interface SubmoduleTip {
  /** The path of the submodule; of one that is not checked out, its name. */
  readonly path: string;
  readonly gitDir: string;
  /** A branch, or for people where it was. */
  readonly place: string;
  readonly commit: string;
}

/** Those that no branch of the submodule's remote has, as far as the submodule knows, and that are not among `linked`. */
export async function submoduleTips(
  request: TipsRequest,
  linked: ReadonlySet<string> = new Set(),
): Promise<readonly SubmoduleTip[]> {
  const found: SubmoduleTip[] = [];
  for (const [gitDir, path] of await submodulesOf(request)) {
    const refs = await ownRefs({ gitDir });
    const tracked = [...refs].flatMap(([ref, at]) => (ref.startsWith(TRACKED) && IS_COMMIT.test(at) ? [at] : []));
    const known = new Set([...linked, ...tracked]);
    const last = lastMadeHere(await movesOfHead({ gitDir }));
    const branches = [...refs].filter(([ref]) => ref.startsWith(HEADS));
    const places = new Map<string, string>(last === undefined ? [] : [[last, 'HEAD before it was moved']]);
    for (const [ref, commit] of branches) places.set(commit, ref.slice(HEADS.length));
    const candidates = [...places.keys()].filter((commit) => IS_COMMIT.test(commit) && !known.has(commit));
    for (const commit of await notWithin(request, gitDir, candidates, known)) {
      found.push({ path, gitDir, commit, place: places.get(commit) ?? '' });
    }
  }
  return found.slice(0, TIPS_MAX);
}

/** Puts them under refs of the mirror, but for those that the remote turns out to have; what was said of each. */
export async function keepSubmoduleTips(
  request: TipsRequest & { readonly mirror: Mirror; readonly workspace: GitWorkspace },
  commit: string,
  linked: ReadonlySet<string>,
): Promise<readonly string[]> {
  const { mirror, workspace, site, signal } = request;
  const tips = await submoduleTips(request, linked);
  const notes: string[] = [];
  for (const tip of tips.length === 0 ? [] : await notAtRemotes(request, tips, commit)) {
    const what = `not pushed: ${tip.commit.slice(0, 12)} (${tip.path}: ${tip.place})`;
    const ref = otherRef(workspace.salvageRef, tip.commit);
    const settings = settingsOf(site);
    try {
      await bySettingsOfOurs(tip.gitDir, tip.commit, settings, () =>
        mirror.takeFrom(signal, settings, tip.commit, ref),
      );
      notes.push(`${what}, kept as ${ref}`);
    } catch (error) {
      if (!(error instanceof GitError)) throw error;
      notes.push(`${what}, and it could not be kept: ${error.message}`);
    }
  }
  return notes;
}

/** By their directories: those that git made for submodules, and those that are in a submodule itself. */
async function submodulesOf({ tree, site }: TipsRequest): Promise<ReadonlyMap<string, string>> {
  const modules = join(site.gitDir, 'modules');
  const found = new Map((await modulesIn(site.gitDir)).map((gitDir) => [gitDir, relative(modules, gitDir)]));
  if (!existsSync(join(site.dir, '.gitmodules'))) return found;
  for (const { path } of linksIn((await tree.git(['ls-files', '--stage', '-z'])).stdout)) {
    const gitDir = await gitDirOf(join(site.dir, path));
    if (gitDir !== undefined) found.set(gitDir, path);
  }
  return found;
}

/** Those that are neither in what is known nor in another one; all, when git cannot tell. */
async function notWithin(
  { git, site, signal }: TipsRequest,
  gitDir: string,
  candidates: readonly string[],
  known: ReadonlySet<string>,
): Promise<readonly string[]> {
  const [first] = candidates;
  if (first === undefined) return [];
  const input = [...candidates, ...[...known].map((commit) => `^${commit}`), ''].join('\n');
  const args = ['rev-list', '--parents', `--max-count=${COMMITS_MAX}`, '--ignore-missing', '--stdin'];
  const settings = settingsOf(site);
  const { code, stdout } = await bySettingsOfOurs(gitDir, first, settings, () =>
    git.local(args, { cwd: settings, env: { GIT_DIR: settings }, signal, answers: [128], input }),
  );
  if (code !== 0) return candidates;
  const lines = stdout.split('\n').map((line) => line.split(' '));
  const own = new Set(lines.map(([commit]) => commit));
  const within = new Set(lines.flatMap(([, ...parents]) => parents));
  return candidates.filter((commit) => own.has(commit) && !within.has(commit));
}

/** A push to an address leaves nothing in the submodule that says so. */
async function notAtRemotes(
  request: TipsRequest & { readonly workspace: GitWorkspace },
  tips: readonly SubmoduleTip[],
  commit: string,
): Promise<readonly SubmoduleTip[]> {
  const { tree, site, workspace } = request;
  const urls = await submoduleUrls(tree, commit);
  const byAddress = new Map<string, SubmoduleTip[]>();
  for (const tip of tips) {
    const address = resolved(urls.get(tip.path) ?? '', workspace.url);
    if (address !== undefined) byAddress.set(address, [...(byAddress.get(address) ?? []), tip]);
  }
  const questions = [...byAddress].map(([address, some]) => ({ address, commits: some.map((tip) => tip.commit) }));
  const answers = await heldByRemotes({ ...request, probe: site.probeDir }, questions);
  const held = new Set(answers.flatMap((answer) => (typeof answer === 'string' ? [] : [...answer])));
  return tips.filter((tip) => !held.has(tip.commit));
}

function settingsOf({ indexFile }: Site): string {
  return `${indexFile}.settings`;
}
