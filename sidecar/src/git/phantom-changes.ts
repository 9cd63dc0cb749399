// Changes that git sees in files which the agent has not touched: line endings that the attributes would have otherwise, a large file that is
// no pointer, modes or names that the disk cannot hold; and what set-up commands changed. They are no work, as long as the files stay so.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '@agentcom/schemas/host';
import { fingerprint, stamp } from './fingerprint.js';
import { GitError } from './git.js';
import type { Site } from './site.js';
import type { DirtyPath } from './status.js';
import type { Worktree } from './worktree.js';

/** Copies that are on the disk at a time. */
const COMPARED_AT_ONCE = 200;

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

/**
 * Keeps those too whose files are just what git checks out. It does not look into a file that is older than the index until its times
 * change, so where a checkout has taken longer it sees such a change only then.
 */
export async function noteLatePhantoms(tree: Worktree, site: Site, dirty: readonly DirtyPath[]): Promise<void> {
  const known = await phantomsAmong(site, dirty);
  // A name that is no UTF-8 would come back to git as another one.
  const open = dirty.filter(({ letters, path }) => letters === ' M' && !known.has(path) && !path.includes('\uFFFD'));
  const late: DirtyPath[] = [];
  try {
    for (let from = 0; from < open.length; from += COMPARED_AT_ONCE) {
      const some = open.slice(from, from + COMPARED_AT_ONCE);
      await rm(site.compareDir, { recursive: true, force: true });
      await mkdir(site.compareDir, { mode: 0o700 });
      const paths = some.map(({ path }) => path).join('\0');
      await tree.git(['checkout-index', `--prefix=${site.compareDir}/`, '-z', '--stdin'], [], paths);
      for (const dirtyPath of some) {
        const [is, given] = [join(site.dir, dirtyPath.path), join(site.compareDir, dirtyPath.path)];
        if (await isSameFile(is, given)) late.push(dirtyPath);
      }
    }
  } catch (error) {
    // A filter may refuse.
    if (!(error instanceof GitError) || error.reason !== 'exit') throw error;
  } finally {
    await rm(site.compareDir, { recursive: true, force: true });
  }
  await addPhantoms(site, late);
}

/** To git: of the mode only the kind of file counts, and whether it can be run. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = [await fingerprint(one), await fingerprint(other)];
  const toGit = (print: string) => print.replace(/^\d+/, (mode) => String(Number.parseInt(mode, 8) & 0o170100));
  return a !== undefined && b !== undefined && toGit(a) === toGit(b);
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
