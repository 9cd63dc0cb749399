// What set-up commands made, kept in the mirror by all that it depends on, and copied into later worktrees.

import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, mkdir, readdir, readFile, realpath, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '@agentcom/schemas/host';
import { isManifest, onlyInstall, programsOf, TELLING_MANIFESTS, takingMore } from '../core/set-up.js';
import { findProgram } from '../host/exec.js';
import { removeTree } from '../host/remove-tree.js';
import { pathsSince } from './changed-paths.js';
import { fingerprint } from './fingerprint.js';
import { whyBound } from './names-place.js';
import type { SetUpRequest } from './set-up.js';
import type { GitWorkspace } from './worktree.js';
import { ignore, makeParents } from './worktree-files.js';

/** Of one repository; each may be large. */
const KEPT_MAX = 3;
const MANIFEST = 'manifest.json';
const CONTENT = 'content';

interface Manifest {
  /** Top-level paths of what the commands made. */
  readonly made: readonly string[];
  /** Those among them that the repository does not ignore by itself. */
  readonly unignored: readonly string[];
}

/**
 * Where it is kept; null when work of an attempt before has changed what it depends on, which is one worktree's alone. It depends on every
 * file of the base, since a command may read any. Only where all commands are known to install, it depends on the manifests: then a base that
 * moved does not cost another installation. That is not enough where a manifest names scripts or directories of the repository.
 */
export async function placeOfKept(request: SetUpRequest): Promise<string | null> {
  const { tree, mirror, site, workspace, commands, searchPath, image } = request;
  const { base, dir, settings } = workspace;
  const isInstalled = onlyInstall(commands) && !(await takesMore(request));
  if (workspace.restored) {
    const changed = await pathsSince(tree, site, base);
    if (changed.some((path) => !isInstalled || isManifest(path))) return null;
  }
  const listed = isInstalled
    ? (await tree.git(['ls-tree', '-r', '-z', '--full-tree', base])).stdout
        .split('\0')
        .filter((line) => isManifest(line.slice(line.indexOf('\t') + 1)))
    : await tree.text(['rev-parse', '--verify', `${base}^{tree}`]);
  const files: (string | undefined)[] = [];
  for (const path of settings.files) files.push(path, await fingerprint(join(dir, path)));
  const programs: string[] = [];
  for (const program of programsOf(commands)) programs.push(program, await versionOf(program, searchPath));
  const parts = [
    process.platform,
    process.arch,
    programs,
    commands,
    files,
    listed,
    ...(image === undefined ? [] : [image]),
  ];
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return join(mirror.dir, 'setup', key);
}

async function takesMore({ tree, workspace, commands }: SetUpRequest): Promise<boolean> {
  const patterns = takingMore(commands).flatMap((pattern) => ['-e', pattern]);
  const manifests = TELLING_MANIFESTS.map((name) => `:(top,glob)**/${name}`);
  const args = ['grep', '--quiet', '-E', ...patterns, workspace.base, '--', ...manifests];
  return (await tree.git(args, [1])).code === 0;
}

/** An installed program is another one once it was upgraded; to ask each for its version would mean to run it. */
async function versionOf(program: string, searchPath: string | undefined): Promise<string> {
  // One of the repository itself is among its files.
  if (program.includes('/') || searchPath === undefined) return '';
  const found = await findProgram(program, { PATH: searchPath }, '/');
  if (found === undefined) return '';
  const path = await realpath(found);
  const { size, mtimeMs } = await stat(path);
  return `${path} ${size} ${mtimeMs}`;
}

/** False when nothing is kept. */
export async function restore(kept: string, { dir, gitDir, settings }: GitWorkspace): Promise<boolean> {
  const manifest = await readFile(join(kept, MANIFEST), 'utf8').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return null;
  });
  if (manifest === null) return false;
  const { made, unignored }: Manifest = JSON.parse(manifest);
  const begun: string[] = [];
  try {
    for (const path of made) {
      await makeParents(dir, path);
      begun.push(path);
      await copy(join(kept, CONTENT, path), join(dir, path));
    }
  } catch (error) {
    const holdsOwn = (path: string) => settings.files.some((file) => file.startsWith(`${path}/`));
    for (const path of begun) if (!holdsOwn(path)) await removeTree(join(dir, path));
    throw error;
  }
  await ignore(gitDir, unignored);
  const now = new Date();
  await utimes(kept, now, now);
  return true;
}

/**
 * Under another name first, so that it is there completely or not at all. The files of the machine stay where they are. Resolves with why
 * nothing is kept, if so.
 */
export async function keep(
  { workspace, signal }: SetUpRequest,
  kept: string,
  manifest: Manifest,
): Promise<string | null> {
  const { dir, settings } = workspace;
  const why = await whyBound(dir, manifest.made, (path) => settings.files.includes(path), signal);
  if (why !== null) return why;
  const all = dirname(kept);
  const temporary = join(all, `${randomUUID()}.new`);
  const own = new Set(settings.files.map((path) => join(dir, path)));
  try {
    for (const path of manifest.made) {
      await mkdir(dirname(join(temporary, CONTENT, path)), { recursive: true });
      await copy(join(dir, path), join(temporary, CONTENT, path), (source) => !own.has(source));
    }
    await writeFile(join(temporary, MANIFEST), JSON.stringify(manifest));
    await rename(temporary, kept);
  } catch (error) {
    await removeTree(temporary);
    // Another attempt has kept the same meanwhile.
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
  }
  await removeOldest(all);
  return null;
}

async function removeOldest(all: string): Promise<void> {
  const kept = await Promise.all(
    (await readdir(all))
      .filter((name) => !name.endsWith('.new'))
      .map(async (name) => {
        const path = join(all, name);
        return { path, usedAt: (await stat(path)).mtimeMs };
      }),
  );
  kept.sort((a, b) => b.usedAt - a.usedAt);
  for (const { path } of kept.slice(KEPT_MAX)) await removeTree(path);
}

async function copy(from: string, to: string, filter?: (source: string) => boolean): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    ...(filter !== undefined && { filter }),
  });
}
