// Leads the submodules of a worktree that was moved, and their repositories, to each other again.

import { lstat, readdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { contentOf } from '../host/own-file.js';

const DEPTH_MAX = 8;

interface Moved {
  readonly dir: string;
  readonly gitDir: string;
}

export async function reconnectSubmodules(from: Moved, to: Moved): Promise<void> {
  for (const module of await modulesIn(to.gitDir)) {
    const config = join(module, 'config');
    const text = await contentOf(config).catch(() => '');
    const worktree = /^\s*worktree = (.*)$/m.exec(text)?.[1];
    if (worktree === undefined) continue;
    const before = join(from.gitDir, relative(to.gitDir, module));
    const path = relative(from.dir, resolve(before, worktree));
    const pointer = join(to.dir, path, '.git');
    const isThere = !path.startsWith('..') && (await lstat(pointer).catch(() => undefined))?.isFile() === true;
    if (!isThere) continue;
    await writeFile(pointer, `gitdir: ${module}\n`);
    await writeFile(
      config,
      text.replace(/^(\s*worktree = ).*$/m, (_line, key: string) => key + join(to.dir, path)),
    );
  }
}

/** Repositories of submodules, and of their submodules. Their names may have slashes. */
export async function modulesIn(gitDir: string): Promise<readonly string[]> {
  return modulesBelow(join(gitDir, 'modules'), 0);
}

async function modulesBelow(dir: string, depth: number): Promise<readonly string[]> {
  if (depth > DEPTH_MAX) return [];
  const names = await readdir(dir, { withFileTypes: true }).catch(() => []);
  if (names.some(({ name }) => name === 'HEAD')) return [dir, ...(await modulesBelow(join(dir, 'modules'), depth + 1))];
  const found: string[] = [];
  for (const entry of names) {
    if (entry.isDirectory()) found.push(...(await modulesBelow(dir + sep + entry.name, depth + 1)));
  }
  return found;
}
