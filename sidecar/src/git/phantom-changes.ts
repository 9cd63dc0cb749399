// Changes that git sees in files which nobody has touched: line endings that the attributes would have otherwise, a large file that is
// no pointer, modes or names that the disk cannot hold. They are no work, as long as the files stay as they were checked out.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '@agentcom/schemas/host';
import type { Site } from './site.js';
import type { DirtyPath, Worktree } from './worktree.js';

/** In a repository with more of them the rest counts as changed. */
const PHANTOMS_MAX = 5_000;

/** Looks at a worktree that has just been checked out, and keeps what it finds beside it. */
export async function notePhantoms(tree: Worktree, site: Site): Promise<void> {
  const { dirty } = await tree.status({ untracked: 'no' });
  const differing = dirty.filter(({ letters }) => !letters.endsWith(' ')).slice(0, PHANTOMS_MAX);
  await addPhantoms(site, differing);
}

/** Keeps what the files are now. */
export async function addPhantoms({ dir, phantomsFile }: Site, paths: readonly DirtyPath[]): Promise<void> {
  if (paths.length === 0) return;
  const found = await readPhantoms(phantomsFile);
  for (const { path } of paths) found.set(path, await fingerprint(join(dir, path)));
  await writeFile(phantomsFile, JSON.stringify(Object.fromEntries(found)), { mode: 0o600 });
}

/** Those of the changed paths that are as they were before the agent began. */
export async function phantomsAmong(
  { dir, phantomsFile }: Pick<Site, 'dir' | 'phantomsFile'>,
  dirty: readonly DirtyPath[],
): Promise<ReadonlySet<string>> {
  // What was staged, was staged by somebody.
  const candidates = dirty.filter(({ letters }) => letters.startsWith(' '));
  if (candidates.length === 0) return new Set();
  const before = await readPhantoms(phantomsFile);
  const same: string[] = [];
  for (const { path } of candidates) {
    const was = before.get(path);
    if (was !== undefined && was === (await fingerprint(join(dir, path)))) same.push(path);
  }
  return new Set(same);
}

async function readPhantoms(file: string): Promise<Map<string, string>> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    return new Map(Object.entries(content ?? {}).filter(([, value]) => typeof value === 'string'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return new Map();
    throw error;
  }
}

/** Mode and content; `none` for what is not there. */
async function fingerprint(path: string): Promise<string> {
  try {
    const { mode } = await lstat(path);
    const hash = createHash('sha256');
    const kind = mode & 0o170000;
    if (kind === 0o120000) hash.update(await readlink(path));
    else if (kind === 0o100000) await pipeline(createReadStream(path), hash);
    return `${mode.toString(8)} ${hash.digest('hex')}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return 'none';
    throw error;
  }
}
