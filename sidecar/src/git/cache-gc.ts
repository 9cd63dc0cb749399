// Removes cached repositories and forgotten worktrees: what was not used for long, and more while the disk is too full. Work that is
// neither at the remote nor kept under a salvage ref is never removed, and a kept salvage ref keeps its repository.

import { existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, freeBytes, tryLock } from '@agentcom/schemas/host';
import { salvageRef } from '../core/git-policy.js';
import { contentOf } from '../host/own-file.js';
import { removeTree } from '../host/remove-tree.js';
import { type Git, GitError } from './git.js';
import { PRISTINE } from './mirror.js';
import { phantomsAmong } from './phantom-changes.js';
import { KEPT, Site } from './site.js';
import { submoduleTips } from './submodule-tips.js';
import { Worktree } from './worktree.js';

/** Younger ones may be about to be used, whatever the disk says. */
const YOUNG_MS = 3_600_000;
const GOING = '.going';

export interface CacheLimits {
  readonly keepSeconds: number;
  readonly minFreeDiskBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Tasks of this sidecar that are worked on, or still to be put away. Asked again before each removal. */
  readonly inUse: () => ReadonlySet<string>;
  /** What the disk under a directory has left; asks the system when not given. */
  readonly freeBytes?: (dir: string) => Promise<number>;
}

export interface CacheGcRequest extends CacheLimits {
  readonly git: Git;
  readonly root: string;
  readonly agent: string;
  /** Runs an action on the directory of a task while nothing else is done there. */
  readonly alone: <T>(dir: string, action: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

export interface CacheGcOutcome {
  readonly removed: readonly string[];
  /** Old enough to go, or wanted for its space, and why it stays all the same. */
  readonly kept: readonly { readonly path: string; readonly why: string }[];
}

export async function collectGarbage(request: CacheGcRequest): Promise<CacheGcOutcome> {
  const removed: string[] = [];
  const kept: { path: string; why: string }[] = [];
  const judge = async (path: string, whyKept: () => Promise<string | null>) => {
    request.signal.throwIfAborted();
    const why = await whyKept().catch((error: unknown) => {
      if (request.signal.aborted || !(error instanceof GitError)) throw error;
      return 'git cannot say what is in it';
    });
    if (why === null) removed.push(path);
    else kept.push({ path, why });
  };
  // Worktrees first: they keep mirrors in use.
  for (const { path, usedAt } of await worktrees(request)) {
    if (await isDue(request, usedAt)) await judge(path, () => request.alone(path, () => removeWorktree(request, path)));
  }
  for (const { path, usedAt } of await results(request)) {
    if (await isDue(request, usedAt)) {
      await judge(path, async () => {
        await removeTree(path);
        return null;
      });
    }
  }
  for (const found of await mirrors(request.root)) {
    if (await isDue(request, found.usedAt)) await judge(found.path, () => removeMirror(request, found));
  }
  return { removed, kept };
}

interface Found {
  readonly path: string;
  readonly usedAt: number;
}

async function isDue({ now, keepSeconds, root, ...limits }: CacheGcRequest, usedAt: number): Promise<boolean> {
  const age = now - usedAt;
  if (age > keepSeconds * 1000) return true;
  if (age < YOUNG_MS || limits.minFreeDiskBytes === 0) return false;
  return (await (limits.freeBytes ?? freeBytes)(root)) < limits.minFreeDiskBytes;
}

/** Of this agent, with those that were moved aside; the least recently used first. */
async function worktrees({ root, agent }: CacheGcRequest): Promise<readonly Found[]> {
  const dir = join(root, 'work', agent);
  const names = (await namesIn(dir)).filter((name) => !name.includes('.'));
  const repositories = (await namesIn(dir)).filter((name) => name.endsWith('.git')).map((name) => name.slice(0, -4));
  return byUse(
    [...new Set([...names, ...repositories])].map((name) => join(dir, name)),
    (path) => [`${path}.owner`, `${path}.git`, path],
  );
}

/** That were kept for people to fetch. */
async function results({ root, agent }: CacheGcRequest): Promise<readonly Found[]> {
  const dir = join(root, 'results', agent);
  return byUse(
    (await namesIn(dir)).map((name) => join(dir, name)),
    (path) => [path],
  );
}

async function mirrors(root: string): Promise<readonly Found[]> {
  const dir = join(root, 'mirrors');
  const all = await namesIn(dir);
  for (const left of all) if (left.endsWith(GOING)) await rm(join(dir, left), { recursive: true, force: true });
  const names = all.filter((name) => name.endsWith('.git'));
  return mirrorsByUse(names.map((name) => join(dir, name)));
}

function mirrorsByUse(paths: readonly string[]): Promise<readonly Found[]> {
  return byUse(paths, (path) => [join(path, PRISTINE), path]);
}

/** The first of its marks that is there says when it was used. */
async function byUse(
  paths: readonly string[],
  marksOf: (path: string) => readonly string[],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const path of paths) {
    const mark = marksOf(path).find((candidate) => existsSync(candidate));
    if (mark !== undefined) found.push({ path, usedAt: (await stat(mark)).mtimeMs });
  }
  return found.sort((a, b) => a.usedAt - b.usedAt);
}

/** Null when it is gone. */
async function removeWorktree(request: CacheGcRequest, path: string): Promise<string | null> {
  const { root, agent, inUse } = request;
  const site = new Site(root, agent, basename(path));
  if (path.endsWith(KEPT) || (await site.owner())?.isKept) return 'it has files that exist nowhere else';
  if (inUse().has(basename(path))) return 'it is in use';
  if (existsSync(site.gitDir)) {
    const unsaved = await unsavedIn(request, site);
    if (unsaved !== null) return unsaved;
    if (inUse().has(basename(path))) return 'it is in use';
  }
  await site.leave(Number.MAX_SAFE_INTEGER);
  return null;
}

/** Null when everything in it is at the remote, as far as it is known, or under a salvage ref. */
async function unsavedIn({ git, agent, signal }: CacheGcRequest, site: Site): Promise<string | null> {
  const mirror = await borrowedBy(site.gitDir);
  if (mirror === null || !existsSync(mirror)) return 'its cached repository is gone';
  // The mirror sees the commits of the worktree, too, and knows what became of them.
  const env = { GIT_DIR: mirror, GIT_ALTERNATE_OBJECT_DIRECTORIES: join(site.gitDir, 'objects') };
  const inMirror = (args: readonly string[], answers: readonly number[] = []) =>
    git.local(args, { cwd: mirror, env, signal, answers });
  const task = basename(site.dir);
  const generation = (await site.owner())?.generation;
  if (generation !== undefined) {
    // Whatever salvage could not keep is marked to stay.
    const ref = salvageRef(agent, { task, generation });
    if ((await inMirror(['rev-parse', '--verify', '--quiet', '--end-of-options', ref], [1])).code === 0) return null;
  }
  const tree = new Worktree(git, site, signal);
  const { commit, dirty } = await tree.status();
  if (existsSync(site.dir) && (await phantomsAmong(site, dirty)).size < dirty.length)
    return 'it has changes that are not committed';
  const tips = await tree.text(['for-each-ref', '--format=%(objectname)', 'refs/heads/', 'refs/stash']);
  const commits = [...tips.split('\n'), commit ?? ''].filter((commit) => commit !== '');
  const known = ['--not', '--glob=refs/remotes/*', '--glob=refs/agentcom/salvage/*'];
  const { stdout } = await inMirror(['rev-list', '--max-count=1', ...new Set(commits), ...known]);
  if (stdout !== '') return 'it has commits that were not pushed';
  const inside = await submoduleTips({ git, tree, site, signal });
  return inside.length === 0 ? null : 'it has commits in submodules that were not pushed';
}

async function removeMirror({ git, root, signal }: CacheGcRequest, { path, usedAt }: Found): Promise<string | null> {
  const held = await tryLock(`${path}.lock`);
  if ('heldBy' in held) return 'it is in use';
  try {
    // An attempt that has just brought it up to date does not borrow from it yet.
    if ((await mirrorsByUse([path]))[0]?.usedAt !== usedAt) return 'it is in use';
    for (const gitDir of await repositoriesIn(root)) {
      if ((await borrowedBy(gitDir)) === path) return 'a worktree uses it';
    }
    const run = { cwd: path, env: { GIT_DIR: path }, signal };
    // What holds an attempt alone is no reason: the worktree is gone, so the attempt has been put away.
    const own = ['refs/heads/', 'refs/agentcom/salvage/', 'refs/agentcom/attempt/'];
    const { stdout } = await git.local(['for-each-ref', '--format=%(objectname) %(refname)', ...own], run);
    for (const line of stdout.split('\n').filter((entry) => entry !== '')) {
      const [commit = '', ref = ''] = line.split(' ');
      const args = ['rev-list', '--max-count=1', commit, '--not', '--glob=refs/remotes/*'];
      if ((await git.local(args, run)).stdout !== '') return `it has work that was not pushed: ${ref}`;
    }
    // Out of the way in one step, so that a crash leaves no half of it under its name.
    const going = `${path}${GOING}`;
    await rm(going, { recursive: true, force: true });
    await rename(path, going);
    await rm(going, { recursive: true, force: true });
    return null;
  } finally {
    held.release();
  }
}

async function repositoriesIn(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const agent of await namesIn(join(root, 'work'))) {
    const dir = join(root, 'work', agent);
    for (const name of await namesIn(dir)) if (name.endsWith('.git')) found.push(join(dir, name));
  }
  return found;
}

/** The mirror whose objects a repository uses. */
async function borrowedBy(gitDir: string): Promise<string | null> {
  const objects = (await contentOf(join(gitDir, 'objects', 'info', 'alternates'))).trim();
  return objects === '' ? null : dirname(objects);
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
