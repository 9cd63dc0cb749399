// Whether the directories in which the sidecar runs git, copies and deletes are still those that it made. An agent may have put a link
// in the place of one, or of a directory on the way: then git would commit, and the sidecar would copy or delete, what the link leads to.

import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { codeOf, writeDurably } from '@agentcom/schemas/host';
import type { Failure } from '../core/attempt.js';
import { contentOf } from '../host/own-file.js';
import { GitFailure } from './failures.js';
import { ownSettingsOf, SHARED } from './own-settings.js';

/** What git reads and writes in a repository by following whatever is there. Hooks and submodules may be links. */
const TREES = ['objects', 'refs', 'logs', 'info'] as const;
const FILES = ['HEAD', 'index', 'packed-refs', 'config', 'shallow'] as const;

export class OwnPlaces {
  readonly #root: string;
  /** Where the root was found at first, and as which directory. */
  #seen: string | undefined;

  /** `root`: as it was configured, which may be or lie behind a link. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Rejects unless each of these, and what is between it and the root, is a directory or not there. */
  async need(kind: Failure['class'], ...paths: readonly string[]): Promise<void> {
    const found = await identityOf(this.#root);
    if (found === undefined) return;
    this.#seen ??= found;
    if (this.#seen !== found)
      throw replaced(kind, this.#root, 'is not the directory that it was when the sidecar started');
    for (const path of paths) {
      let at = this.#root;
      for (const part of relative(this.#root, path).split(sep)) {
        at = join(at, part);
        if ((await kindOf(at)) === 'other') throw replaced(kind, at, 'is not a directory');
      }
    }
  }

  /** Rejects unless the repository of an attempt is one that borrows from nothing but `mirror`, and has no link in it. */
  async needRepository(kind: Failure['class'], gitDir: string, mirror: string): Promise<void> {
    const settings = ownSettingsOf(gitDir);
    await this.need(kind, gitDir, settings, mirror);
    for (const name of TREES) await needNoLinks(kind, join(gitDir, name));
    for (const name of FILES) {
      const found = await lstatOf(join(gitDir, name));
      if (found !== undefined && !found.isFile()) throw replaced(kind, join(gitDir, name), 'is not a file');
    }
    for (const name of SHARED) {
      const [link, own] = [join(settings, name), join(gitDir, name)];
      const found = await lstatOf(link);
      const isOwn = found?.isSymbolicLink() && (await leadsTo(link, own));
      if (found !== undefined && !isOwn) throw replaced(kind, link, `does not lead to ${own}`);
    }
    const borrowed = join(gitDir, 'objects', 'info', 'alternates');
    const own = `${join(mirror, 'objects')}\n`;
    // With another line git would read the objects of any repository, and the sidecar would publish them.
    const isMended = (await contentOf(borrowed)) !== own && (await kindOf(dirname(borrowed))) === 'directory';
    if (isMended) await writeDurably(borrowed, own, 0o644);
  }
}

/** Why it is refused; null when it is not. */
export async function refusalOf(needed: Promise<void>): Promise<GitFailure | null> {
  try {
    await needed;
    return null;
  } catch (error) {
    if (error instanceof GitFailure) return error;
    throw error;
  }
}

async function needNoLinks(kind: Failure['class'], dir: string): Promise<void> {
  const what = await kindOf(dir);
  if (what === 'other') throw replaced(kind, dir, 'is not a directory');
  if (what === 'nothing') return;
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await needNoLinks(kind, path);
    else if (!entry.isFile()) throw replaced(kind, path, 'is neither a file nor a directory');
  }
}

async function leadsTo(link: string, target: string): Promise<boolean> {
  // What is not there yet cannot lead elsewhere: git makes it in the right place.
  const [is, wanted] = await Promise.all([link, target].map((path) => realpath(path).catch(() => undefined)));
  return is === wanted;
}

/** The number of the device may change while it stays the same directory, as when it is mounted again. */
async function identityOf(dir: string): Promise<string | undefined> {
  try {
    return `${await realpath(dir)} ${(await stat(dir)).ino}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function kindOf(path: string): Promise<'directory' | 'nothing' | 'other'> {
  const found = await lstatOf(path);
  if (found === undefined) return 'nothing';
  return found.isDirectory() ? 'directory' : 'other';
}

async function lstatOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function replaced(kind: Failure['class'], path: string, why: string): GitFailure {
  const message = `${path} ${why}: something has replaced it, and the sidecar does not follow it; look at what is there and remove it`;
  return new GitFailure({
    class: kind,
    code: 'git.path_replaced',
    message,
    ...(kind === 'permanent' && { mend: 'person' }),
  });
}
