// Links to other repositories in an attempt's work: which of them nobody could follow, and whether what lies behind one is untouched.
// git is never run in such a repository by its own settings: they are those of whoever made it, and name programs.

import { existsSync } from 'node:fs';
import { mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { contentOf } from '../host/own-file.js';
import type { Git } from './git.js';
import { type DirtyPath, SHALLOW, statusIn } from './status.js';
import type { Worktree } from './worktree.js';

export const LINK_MODE = '160000';
const SHA256_CHARS = 64;
const SHARED = ['objects', 'refs', 'packed-refs', 'shallow'] as const;
const WHOLE: DirtyPath = { letters: ' M', path: '' };

export interface Change {
  readonly path: string;
  readonly modeBefore: string;
  readonly mode: string;
  /** The blob, or with a link the commit, that is there now. */
  readonly object: string;
}

export async function changesBetween(tree: Worktree, base: string, commit: string): Promise<readonly Change[]> {
  const args = ['-r', '-z', '--raw', '--no-renames', ...SHALLOW];
  const { stdout } = await tree.git(['diff-tree', ...args, base, commit, '--']);
  const fields = stdout.split('\0');
  return fields.flatMap((field, index) => {
    const [, modeBefore, mode, object] = /^:(\d+) (\d+) [0-9a-f]+ ([0-9a-f]+) /.exec(field) ?? [];
    if (modeBefore === undefined || mode === undefined || object === undefined) return [];
    return [{ path: fields[index + 1] ?? '', modeBefore, mode, object }];
  });
}

/** Links of `commit` that its `.gitmodules` gives no address, and that were not like that at the base: `<path> <commit>`. */
export async function embeddedRepositories(
  tree: Worktree,
  base: string,
  commit: string,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const made = changes.filter(({ mode, modeBefore }) => mode === LINK_MODE && modeBefore !== LINK_MODE);
  const links = made.map(({ path, object }) => ({ path, commit: object }));
  // Those that had an address until the work took it away.
  if (changes.some(({ path }) => path === '.gitmodules')) {
    const before = await submoduleUrls(tree, base);
    const { stdout } = await tree.git(['ls-tree', '-r', '-z', '--full-tree', commit]);
    links.push(...treeLinksIn(stdout).filter(({ path }) => before.has(path)));
  }
  if (links.length === 0) return [];
  const declared = await submoduleUrls(tree, commit);
  const without = links.filter(({ path }) => !declared.has(path));
  return [...new Set(without.map((link) => `${link.path} ${link.commit.slice(0, 12)}`))];
}

/** What `.gitmodules` gives as the address of each path that it gives one. */
export async function submoduleUrls(tree: Worktree, commit: string): Promise<ReadonlyMap<string, string>> {
  const args = ['config', '--blob', `${commit}:.gitmodules`, '-z', '--get-regexp', '^submodule\\..*\\.(path|url)$'];
  const { stdout } = await tree.git(args, [1, 128]);
  const entries = stdout.split('\0').flatMap((entry) => {
    const [, name = '', key = '', value = ''] = /^(submodule\..*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    return value === '' ? [] : [{ name, key, value }];
  });
  const urls = new Map(entries.flatMap(({ name, key, value }) => (key === 'url' ? [[name, value] as const] : [])));
  return new Map(
    entries.flatMap(({ name, key, value }) => {
      const url = urls.get(name);
      return key === 'path' && url !== undefined ? [[value, url] as const] : [];
    }),
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

/** Those of a tree, by `git ls-tree -r -z`. */
function treeLinksIn(listing: string): readonly Link[] {
  return listing.split('\0').flatMap((entry) => {
    const [, commit, path] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    return commit === undefined || path === undefined ? [] : [{ path, commit }];
  });
}

export function isPopulated(dir: string): boolean {
  return existsSync(join(dir, '.git'));
}

/** The commit that the repository in `dir` has checked out. Read as git keeps it, not asked of git; undefined when that does not say. */
export async function commitIn(dir: string): Promise<string | undefined> {
  const gitDir = await gitDirOf(dir);
  if (gitDir === undefined) return undefined;
  const head = await textIn(gitDir, 'HEAD');
  const ref = /^ref: (refs\/.+)$/.exec(head)?.[1];
  if (ref === undefined) return asCommit(head);
  const packed = (await textIn(gitDir, 'packed-refs')).split('\n').find((line) => line.endsWith(` ${ref}`));
  return asCommit(await textIn(gitDir, ref)) ?? asCommit(packed?.split(' ')[0]);
}

async function textIn(gitDir: string, file: string): Promise<string> {
  return (await contentOf(join(gitDir, file)).catch(() => '')).trim();
}

function asCommit(text = ''): string | undefined {
  return /^[0-9a-f]{40,64}$/.test(text) ? text : undefined;
}

/**
 * Paths that differ in the repository in `dir` from `commit`, and in those within it too; an empty path for the whole, when it is at another
 * commit or git cannot look. `settings` is a path for a directory of
 * our own, from which git takes the settings in place of those of the repository.
 */
export async function changesInside(
  git: Git,
  dir: string,
  commit: string,
  settings: string,
  signal: AbortSignal,
): Promise<readonly DirtyPath[]> {
  const gitDir = await gitDirOf(dir);
  if (gitDir === undefined) return [WHOLE];
  const found: DirtyPath[] = [];
  const links = await bySettingsOfOurs(gitDir, commit, settings, async () => {
    const run = {
      cwd: dir,
      env: { GIT_DIR: gitDir, GIT_COMMON_DIR: settings, GIT_WORK_TREE: dir },
      signal,
      answers: [128],
    };
    const head = await git.local(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { ...run, answers: [1, 128] });
    if (head.stdout.trim() !== commit) found.push(WHOLE);
    const looked = ['status', '--porcelain=v2', '-z', '--no-renames', '--untracked-files=normal', ...SHALLOW];
    const status = await git.local(looked, run);
    if (status.code !== 0) return undefined;
    found.push(...statusIn(status.stdout).dirty);
    return linksIn((await git.local(['ls-files', '--stage', '-z'], run)).stdout);
  });
  if (links === undefined) return [WHOLE];
  for (const link of links) {
    const inner = join(dir, link.path);
    if (!isPopulated(inner)) continue;
    const within = await changesInside(git, inner, link.commit, settings, signal);
    found.push(
      ...within.map(({ letters, path }) => ({ letters, path: path === '' ? link.path : `${link.path}/${path}` })),
    );
  }
  return found;
}

/**
 * While `action` goes on, `settings` is a directory that is for git the repository in `gitDir`, with settings of our own and on no branch.
 * `commit` is any of it.
 */
export async function bySettingsOfOurs<T>(
  gitDir: string,
  commit: string,
  settings: string,
  action: () => Promise<T>,
): Promise<T> {
  await rm(settings, { recursive: true, force: true });
  await mkdir(settings, { mode: 0o700 });
  try {
    for (const name of SHARED) await symlink(join(gitDir, name), join(settings, name));
    await writeFile(join(settings, 'HEAD'), 'ref: refs/heads/-\n');
    const format = commit.length === SHA256_CHARS ? '[extensions]\n\tobjectFormat = sha256\n' : '';
    await writeFile(join(settings, 'config'), `[core]\n\trepositoryFormatVersion = 1\n\tbare = false\n${format}`);
    return await action();
  } finally {
    await rm(settings, { recursive: true, force: true });
  }
}

/** Where `.git` leads; undefined when nowhere. */
export async function gitDirOf(dir: string): Promise<string | undefined> {
  const path = join(dir, '.git');
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return path;
  const target = /^gitdir: (.*)$/m.exec(await contentOf(path))?.[1];
  return target === undefined ? undefined : resolve(dir, target);
}
