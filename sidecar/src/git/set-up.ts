// Sets a worktree up before its agent starts: files that only the machine has, and what the repository's set-up commands make. What those
// made is kept in the mirror, by all that it depends on, and copied the next time.

import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  appendFile,
  copyFile,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '@agentcom/schemas/host';
import { repoAddress } from '../core/repo-address.js';
import { pathsBehind } from '../core/set-up.js';
import { removeTree } from '../host/remove-tree.js';
import { GitFailure } from './failures.js';
import type { Mirror } from './mirror.js';
import { notePhantoms } from './phantom-changes.js';
import type { Site } from './site.js';
import type { GitWorkspace, Worktree } from './worktree.js';

/** Of one repository; each may be large. */
const KEPT_MAX = 3;
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const MANIFEST = 'manifest.json';
const CONTENT = 'content';

interface Manifest {
  /** Top-level paths of what the commands made. */
  readonly made: readonly string[];
  /** Those among them that the repository does not ignore by itself. */
  readonly unignored: readonly string[];
}

export interface SetUpRequest {
  readonly tree: Worktree;
  readonly mirror: Mirror;
  readonly site: Site;
  readonly workspace: GitWorkspace;
  readonly commands: readonly string[];
  /** Resolves when they have succeeded. */
  readonly run: () => Promise<void>;
  readonly warn: (message: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Copies what the commands made before from the same files, or runs them. */
export async function setUp(request: SetUpRequest): Promise<void> {
  const { tree, mirror, site, workspace, commands, run, warn, signal } = request;
  const cache = join(mirror.dir, 'setup', await keyOf(tree, workspace, commands));
  if (await restore(cache, workspace).catch(failedTo('use'))) return;
  await run();
  const unignored = await untracked(tree);
  await ignore(workspace.gitDir, unignored);
  await notePhantoms(tree, site);
  // What they changed in files of the repository cannot be told from what the next commit has there.
  if ((await tree.status({ untracked: 'no' })).dirty.length > 0) return;
  const own = new Set(workspace.settings.files);
  const made = (await untracked(tree, '--ignored')).filter((path) => !own.has(path));
  if (made.length > 0) await keep(cache, workspace, { made, unignored }).catch(failedTo('keep'));

  function failedTo(what: string) {
    return (error: unknown) => {
      if (signal.aborted) throw signal.reason;
      warn(`cannot ${what} what set-up commands made`, error);
      return false;
    };
  }
}

/** Copies the files that the machine has for the repository, and makes git ignore them in this worktree. */
export async function placeFiles({ dir, gitDir, url, settings }: GitWorkspace, filesDir: string): Promise<void> {
  const from = join(filesDir, directoryOf(url));
  for (const path of settings.files) {
    const target = join(dir, path);
    const source = join(from, path);
    await makeParents(dir, path);
    if ((await lstat(target).catch(() => null)) !== null)
      throw refused('setup.file_in_repository', `${path} is part of the repository: remove it from \`files\``);
    const found = await stat(source).catch(() => null);
    if (found === null) {
      throw refused('setup.file_missing', `the repository needs ${path} from this machine: put it at ${source}`);
    }
    if (!found.isFile() || found.size > FILE_BYTES_MAX) {
      throw refused('setup.file_missing', `${source} must be a file of at most ${FILE_BYTES_MAX / 1024 / 1024} MiB`);
    }
    await copyFile(source, target);
  }
  await ignore(gitDir, settings.files);
}

function refused(code: string, message: string): GitFailure {
  return new GitFailure({ class: 'permanent', code, message });
}

/** Where the files of a repository lie: `github.com/team/project`; for one that no host serves, `local/<name>`. */
function directoryOf(url: string): string {
  const address = repoAddress(url);
  if (address !== null && !address.path.split('/').includes('..')) return join(address.host, address.path);
  const name = url
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split(/[/:]/)
    .at(-1);
  return join('local', name === undefined || name === '..' ? '' : name);
}

async function keyOf(tree: Worktree, { base }: GitWorkspace, commands: readonly string[]): Promise<string> {
  const listed = await tree.git([
    '--literal-pathspecs',
    'ls-tree',
    '--full-tree',
    '-z',
    base,
    '--',
    ...pathsBehind(commands),
  ]);
  const parts = [process.platform, process.arch, commands, listed.stdout];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** False when nothing is kept. */
async function restore(cache: string, { dir, gitDir, settings }: GitWorkspace): Promise<boolean> {
  const manifest = await readFile(join(cache, MANIFEST), 'utf8').catch((error: unknown) => {
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
      await copy(join(cache, CONTENT, path), join(dir, path));
    }
  } catch (error) {
    const holdsOwn = (path: string) => settings.files.some((file) => file.startsWith(`${path}/`));
    for (const path of begun) if (!holdsOwn(path)) await removeTree(join(dir, path));
    throw error;
  }
  await ignore(gitDir, unignored);
  const now = new Date();
  await utimes(cache, now, now);
  return true;
}

/** Under another name first, so that it is there completely or not at all. The files of the machine stay where they are. */
async function keep(cache: string, { dir, settings }: GitWorkspace, manifest: Manifest): Promise<void> {
  const all = dirname(cache);
  const temporary = join(all, `${randomUUID()}.new`);
  const own = new Set(settings.files.map((path) => join(dir, path)));
  try {
    for (const path of manifest.made) {
      await mkdir(dirname(join(temporary, CONTENT, path)), { recursive: true });
      await copy(join(dir, path), join(temporary, CONTENT, path), (source) => !own.has(source));
    }
    await writeFile(join(temporary, MANIFEST), JSON.stringify(manifest));
    await rename(temporary, cache);
  } catch (error) {
    await removeTree(temporary);
    // Another attempt has kept the same meanwhile.
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
  }
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

/** Makes the directories above a path in the worktree. Refused where a link of the repository leads out of it. */
async function makeParents(dir: string, path: string): Promise<void> {
  let at = await realpath(dir);
  for (const part of path.split('/').slice(0, -1)) {
    at = join(at, part);
    const found = await lstat(at).catch(() => null);
    if (found === null) await mkdir(at);
    else if (!found.isDirectory()) {
      throw refused(
        'setup.file_in_repository',
        `${path} passes through ${part}, which is not a directory in the worktree`,
      );
    }
  }
}

/** Files that are not in the index, a directory where nothing in it is. */
async function untracked(tree: Worktree, ...more: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await tree.git(['ls-files', '--others', ...more, '--exclude-standard', '--directory', '-z']);
  return stdout.split('\0').flatMap((path) => (path === '' ? [] : [path.replace(/\/$/, '')]));
}

async function ignore(gitDir: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  await mkdir(join(gitDir, 'info'), { recursive: true });
  const patterns = paths.map((path) => `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}\n`);
  await appendFile(join(gitDir, 'info', 'exclude'), patterns.join(''));
}
