// A repository on this machine as the address of a task's: the whole repository, checked for what an agent would only find out later.

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { inUsualCase } from '@agentcom/schemas/address-case';
import { CommandError, messageOf, usageError } from './exit.js';
import { counted, oneLine } from './text.js';
import type { World } from './world.js';

const GIT_TIMEOUT_MS = 15_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** Variables that would point git at another repository than the one in the folder. */
const ELSEWHERE = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_COMMON_DIR', 'GIT_NAMESPACE'];

export interface ChosenRepository {
  readonly url: string;
  /** What of it the agent will not see. */
  readonly warnings: readonly string[];
  /** Only machines with this very disk can fetch it. */
  readonly isLocal: boolean;
}

/** `given` is an address, or a path to any folder of a repository. Throws 64 for what no agent could start from. */
export async function chosenRepository(
  world: World,
  given: string,
  base: string | undefined,
): Promise<ChosenRepository> {
  const path = await localPath(world, given);
  if (path === undefined) {
    const url = inUsualCase(given);
    return { url, warnings: [], isLocal: url.startsWith('file:') };
  }
  const git = gitIn(world, path);
  const top = await topOf(git, given);
  await checkStart(gitIn(world, top.path), given, base);
  const warnings = [...inSubfolder(given, path, top), ...(await uncommitted(gitIn(world, top.path), top))];
  return { url: pathToFileURL(top.path).href, warnings, isLocal: true };
}

/** Where other machines could get it: the address of its `origin`, if that is one. */
export async function remoteAddress(world: World, url: string): Promise<string | undefined> {
  try {
    const address = (await gitIn(world, fileURLToPath(url))(['remote', 'get-url', 'origin'])).trim();
    return /^(?:https?|ssh):\/\/|^[^/:]+:(?!\/\/)/i.test(address) ? address : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined for an address of another place. */
async function localPath({ cwd, home }: World, given: string): Promise<string | undefined> {
  if (/^file:\/\//i.test(given)) {
    const path = fileUrlPath(given);
    return path !== undefined && (await isFolder(path)) ? path : undefined;
  }
  const path = resolve(cwd, given.replace(/^~(?=\/|$)/, home));
  if (await isFolder(path)) return path;
  if (!/^[./~]/.test(given)) return undefined;
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  throw usageError(exists ? `--repo: ${given} is not a directory` : `--repo: directory ${given} not found`);
}

function fileUrlPath(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

interface Top {
  readonly path: string;
  readonly isBare: boolean;
}

async function topOf(git: Git, given: string): Promise<Top> {
  try {
    const [bare, gitDir = ''] = (await git(['rev-parse', '--is-bare-repository', '--absolute-git-dir'])).split('\n');
    if (bare === 'true') return { path: gitDir, isBare: true };
    return { path: (await git(['rev-parse', '--show-toplevel'])).trimEnd(), isBare: false };
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    const said = messageOf(cause);
    if (/dubious ownership/.test(said)) {
      const remedy = `Run this as its owner, or allow it with: git config --global --add safe.directory ${given}`;
      throw usageError(`--repo: git refuses ${given}: it belongs to another user`, remedy);
    }
    if (/must be run in a work tree/.test(said)) throw usageError(`--repo: ${given} is inside a .git folder`);
    throw usageError(
      `--repo: ${given} is not in a git repository`,
      'Give the URL of a repository, or a folder inside a local one.',
    );
  }
}

async function checkStart(git: Git, given: string, base: string | undefined): Promise<void> {
  if (base !== undefined) {
    if (await has(git, ['rev-parse', '--verify', '--quiet', `refs/heads/${base}^{commit}`])) return;
    const remedy = (await has(git, ['rev-parse', '--verify', '--quiet', `refs/remotes/origin/${base}`]))
      ? `It exists only at origin: run \`git branch ${base} origin/${base}\` there, or give the URL of origin.`
      : 'List its branches with `git branch` there.';
    throw usageError(`--base: ${given} has no branch ${base}`, remedy);
  }
  if (!(await has(git, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']))) {
    throw usageError(`--repo: ${given} has no commit to start from`, 'Commit first, or name a branch with --base.');
  }
  if (!(await has(git, ['symbolic-ref', '--quiet', 'HEAD']))) {
    throw usageError(`--repo: ${given} is not on a branch`, 'Name the branch to start from with --base.');
  }
}

function inSubfolder(given: string, path: string, top: Top): readonly string[] {
  const isTop = path === top.path || join(path, '.git') === top.path;
  return isTop || top.isBare ? [] : [`${given} is a folder in ${top.path}: the task gets the whole repository.`];
}

async function uncommitted(git: Git, { isBare }: Top): Promise<readonly string[]> {
  if (isBare) return [];
  const changes = (await git(['status', '--porcelain', '--untracked-files=normal'])).split('\n').filter(Boolean).length;
  if (changes === 0) return [];
  return [`${counted(changes, 'uncommitted change')} will not reach the agent: it starts from the last commit.`];
}

type Git = (args: readonly string[]) => Promise<string>;

/** The user's own, for the repository of the folder that git is run in. */
export function gitEnvironment({ env }: Pick<World, 'env'>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ELSEWHERE.includes(name)));
}

/** Rejects with what git says, or with 64 when there is no git. */
export function gitIn(world: Pick<World, 'env'>, cwd: string): Git {
  const own = gitEnvironment(world);
  return async (args) => {
    try {
      const { stdout } = await promisify(execFile)('git', ['-c', 'core.fsmonitor=false', ...args], {
        cwd,
        env: { ...own, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
        timeout: GIT_TIMEOUT_MS,
        maxBuffer: OUTPUT_BYTES_MAX,
      });
      return stdout;
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
        throw usageError('git is not on the PATH, but is needed for a local repository');
      }
      throw new Error(cause instanceof Error && 'stderr' in cause ? oneLine(String(cause.stderr)) : messageOf(cause));
    }
  };
}

function has(git: Git, args: readonly string[]): Promise<boolean> {
  return git(args).then(
    () => true,
    () => false,
  );
}
