// Changes that git sees in files which the agent has not touched: line endings that the attributes would have otherwise, a large file that is
// no pointer, modes or names that the disk cannot hold; and what set-up commands changed. They are no work, as long as the files stay so.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '@agentcom/schemas/host';
import { fingerprint, stamp } from './fingerprint.js';
import type { Site } from './site.js';
import type { DirtyPath, Worktree } from './worktree.js';

/** Looks at a worktree in which no agent has begun, and keeps what it finds beside it, but for `work` of an attempt before. */
export async function notePhantoms(tree: Worktree, site: Site, work: ReadonlySet<string> = new Set()): Promise<void> {
  const { dirty } = await tree.status({ untracked: 'no' });
  const differing = dirty.filter(({ letters, path }) => !letters.endsWith(' ') && !work.has(path));
  if (differing.length > 0) await write(site, await fingerprints(site, differing));
}

/** Keeps what the files are now, too. */
export async function addPhantoms(site: Site, paths: readonly DirtyPath[]): Promise<void> {
  if (paths.length === 0) return;
  await write(site, [...(await readPhantoms(site.phantomsFile)), ...(await fingerprints(site, paths))]);
}

async function fingerprints(
  { dir }: Site,
  paths: readonly DirtyPath[],
): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = [];
  for (const { path } of paths) {
    // In this order: what is written between the two is read once more later on.
    const [when, what] = [await stamp(join(dir, path)), await fingerprint(join(dir, path))];
    if (what !== undefined) found.push([path, `${what} ${when}`]);
  }
  return found;
}

async function write({ phantomsFile }: Site, found: readonly (readonly [string, string])[]): Promise<void> {
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
    if (was !== undefined && (await isStill(was, join(dir, path)))) same.push(path);
  }
  return new Set(same);
}

/** There may be very many, and they are looked at every few seconds: their content is read only after something has changed. */
async function isStill(was: string, path: string): Promise<boolean> {
  const when = await stamp(path);
  if (when !== '' && was.endsWith(` ${when}`)) return true;
  const what = await fingerprint(path);
  return what !== undefined && (was === what || was.startsWith(`${what} `));
}

async function readPhantoms(file: string): Promise<ReadonlyMap<string, string>> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    return new Map(Object.entries(content ?? {}).filter(([, value]) => typeof value === 'string'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return new Map();
    throw error;
  }
}
