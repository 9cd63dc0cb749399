// Links to other repositories in an attempt's work: which of them nobody could follow, and whether what lies behind one is untouched.
// git is never run in such a repository by its own settings: they are those of whoever made it, and name programs.

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codeOf } from '@agentcom/schemas/host';
import type { Git } from './git.js';
import { SHALLOW, type Worktree } from './worktree.js';

const LINK_MODE = '160000';

export interface Change {
  readonly path: string;
  readonly modeBefore: string;
  readonly mode: string;
}

export async function changesBetween(tree: Worktree, base: string, commit: string): Promise<readonly Change[]> {
  const { stdout } = await tree.git(['diff-tree', '-r', '-z', '--raw', '--no-renames', base, commit, '--']);
  const fields = stdout.split('\0');
  return fields.flatMap((field, index) => {
    const [, modeBefore, mode] = /^:(\d+) (\d+) /.exec(field) ?? [];
    return modeBefore === undefined || mode === undefined ? [] : [{ path: fields[index + 1] ?? '', modeBefore, mode }];
  });
}

/** Paths that the changes up to `commit` made links, and that its `.gitmodules` gives no address. */
export async function embeddedRepositories(
  tree: Worktree,
  commit: string,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const made = changes.filter(({ mode, modeBefore }) => mode === LINK_MODE && modeBefore !== LINK_MODE);
  const links = made.map(({ path }) => path);
  if (links.length === 0) return [];
  const declared = await submodulePaths(tree, commit);
  return links.filter((path) => !declared.has(path));
}

/** The paths that have an address, too. */
async function submodulePaths(tree: Worktree, commit: string): Promise<ReadonlySet<string>> {
  const args = ['config', '--blob', `${commit}:.gitmodules`, '-z', '--get-regexp', '^submodule\\..*\\.(path|url)$'];
  const { stdout } = await tree.git(args, [1, 128]);
  const entries = stdout.split('\0').map((entry) => /^(submodule\..*)\.(path|url)\n(.*)$/s.exec(entry));
  const addressed = new Set(entries.flatMap((entry) => (entry?.[2] === 'url' && entry[3] !== '' ? [entry[1]] : [])));
  return new Set(
    entries.flatMap((entry) => (entry?.[2] === 'path' && addressed.has(entry[1]) ? [entry[3] ?? ''] : [])),
  );
}

export interface Link {
  readonly path: string;
  readonly commit: string;
}

/** The links of an index, by `git ls-files --stage -z`. */
export function linksIn(listing: string): readonly Link[] {
  return listing.split('\0').flatMap((entry) => {
    const [, commit, path] = /^160000 ([0-9a-f]+) \d\t(.*)$/s.exec(entry) ?? [];
    return commit === undefined || path === undefined ? [] : [{ path, commit }];
  });
}

export function isPopulated(dir: string): boolean {
  return existsSync(join(dir, '.git'));
}

/**
 * Whether the repository in `dir` has exactly the files of `commit`, and all within it too. `settings` is a path for a directory of
 * our own, from which git takes the settings in place of those of the repository.
 */
export async function isUntouched(
  git: Git,
  dir: string,
  commit: string,
  settings: string,
  signal: AbortSignal,
): Promise<boolean> {
  const gitDir = await gitDirOf(dir);
  if (gitDir === undefined) return false;
  await rm(settings, { recursive: true, force: true });
  await mkdir(settings, { mode: 0o700 });
  let links: readonly Link[];
  try {
    for (const name of ['objects', 'refs', 'packed-refs']) await symlink(join(gitDir, name), join(settings, name));
    await writeFile(join(settings, 'HEAD'), 'ref: refs/heads/-\n');
    await writeFile(join(settings, 'config'), '[core]\n\trepositoryFormatVersion = 0\n\tbare = false\n');
    const run = {
      cwd: dir,
      env: { GIT_DIR: gitDir, GIT_COMMON_DIR: settings, GIT_WORK_TREE: dir },
      signal,
      answers: [128],
    };
    const head = await git.local(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { ...run, answers: [1, 128] });
    if (head.stdout.trim() !== commit) return false;
    const status = await git.local(['status', '--porcelain=v1', '--untracked-files=normal', ...SHALLOW], run);
    if (status.code !== 0 || status.stdout !== '') return false;
    links = linksIn((await git.local(['ls-files', '--stage', '-z'], run)).stdout);
  } finally {
    await rm(settings, { recursive: true, force: true });
  }
  for (const link of links) {
    const inner = join(dir, link.path);
    if (isPopulated(inner) && !(await isUntouched(git, inner, link.commit, settings, signal))) return false;
  }
  return true;
}

/** Where `.git` leads; undefined when nowhere. */
async function gitDirOf(dir: string): Promise<string | undefined> {
  const path = join(dir, '.git');
  try {
    const target = /^gitdir: (.*)$/m.exec(await readFile(path, 'utf8'))?.[1];
    return target === undefined ? undefined : resolve(dir, target);
  } catch (error) {
    if (codeOf(error) === 'EISDIR') return path;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
