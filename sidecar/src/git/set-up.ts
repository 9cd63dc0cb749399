// Sets a worktree up before its agent starts: files that only the machine has, and what the repository's set-up commands make.

import { constants } from 'node:fs';
import { chmod, copyFile, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { repoAddress } from '@agentcom/schemas/repo-address';
import type { UserAccess } from '../host/user-access.js';
import { GitFailure } from './failures.js';
import { fingerprint } from './fingerprint.js';
import type { Git } from './git.js';
import { flaggedPaths } from './index-file.js';
import { keep, placeOfKept, restore } from './kept-set-up.js';
import type { Mirror } from './mirror.js';
import { notePhantoms, phantomsAmong } from './phantom-changes.js';
import { repair } from './repair.js';
import type { Site } from './site.js';
import { type GitWorkspace, type Worktree, whatIsAt } from './worktree.js';
import { ignore, makeParents } from './worktree-files.js';

const FILE_BYTES_MAX = 16 * 1024 * 1024;

export interface SetUpRequest {
  readonly git: Git;
  readonly tree: Worktree;
  readonly mirror: Mirror;
  readonly site: Site;
  readonly workspace: GitWorkspace;
  readonly commands: readonly string[];
  /** Where they find their programs. */
  readonly searchPath: string | undefined;
  /** In which they run, if in any. */
  readonly image?: string;
  /** Resolves when they have succeeded. */
  readonly run: () => Promise<void>;
  readonly warn: (message: string, error: unknown) => void;
  readonly access?: UserAccess;
  readonly signal: AbortSignal;
}

/** Copies what the commands made before from the same files, or runs them. */
export async function setUp(request: SetUpRequest): Promise<void> {
  const { tree, workspace, run, warn, signal } = request;
  const kept = await placeOfKept(request).catch(failedTo('use', null));
  if (kept !== null && (await restore(kept, workspace).catch(failedTo('use', false)))) return;
  const repository = await repositoryAt(workspace.gitDir);
  const before = await standing(request);
  await run();
  const { isChanged, unignored } = await setApart(request, before);
  // No copy has what they changed in files of the repository, or in its settings and hooks.
  if (kept === null || isChanged || (await repositoryAt(workspace.gitDir)) !== repository) return;
  const own = new Set(workspace.settings.files);
  const made = (await untracked(tree, '--ignored')).filter((path) => !own.has(path));
  if (made.length === 0) return;
  const why = await keep(request, kept, { made, unignored }).catch(failedTo('keep', null));
  if (why !== null) warn(`not kept for later worktrees what set-up commands made: ${why}`, null);

  function failedTo<T>(what: string, instead: T) {
    return (error: unknown): T => {
      if (signal.aborted) throw signal.reason;
      warn(`cannot ${what} what set-up commands made`, error);
      return instead;
    };
  }
}

interface Standing {
  readonly commit: string | undefined;
  /** Changed and new, by an attempt before. */
  readonly work: ReadonlySet<string>;
}

async function standing({ tree, site }: SetUpRequest): Promise<Standing> {
  const { commit, dirty } = await tree.status();
  const phantoms = await phantomsAmong(site, dirty);
  const paths = dirty.map(({ path }) => path.replace(/\/$/, ''));
  return { commit, work: new Set(paths.filter((path) => !phantoms.has(path))) };
}

/** What the commands changed and made beside it is no work: not what they staged or committed either. */
async function setApart(request: SetUpRequest, before: Standing) {
  const { tree, site, workspace } = request;
  const hidden = new Set((await flaggedPaths(workspace))?.hidden);
  await needRepository(request);
  const { commit, dirty } = await tree.status();
  const isStaged = dirty.some(({ letters }) => !/^[ ?]/.test(letters));
  if (before.commit !== undefined && (isStaged || commit !== before.commit)) {
    await tree.git(['reset', '--quiet', '--mixed', before.commit]);
  }
  const unignored = (await untracked(tree)).filter((path) => !before.work.has(path));
  await ignore(workspace.gitDir, unignored);
  const after = (await tree.status({ untracked: 'no' })).dirty.filter(({ path }) => !before.work.has(path));
  const isChanged = (await phantomsAmong(site, after)).size < after.length;
  if (isChanged) await notePhantoms(tree, site, before.work);
  // An agent that stages everything is not to commit what they have hidden, such as settings of the machine.
  const hiddenAgain = after.flatMap(({ path }) => (hidden.has(path) ? [path] : []));
  if (hiddenAgain.length > 0) {
    await tree.git(['update-index', '--skip-worktree', '-z', '--stdin'], [], hiddenAgain.join('\0'));
  }
  return { isChanged, unignored };
}

/** Without it, the agent would be paid for work that cannot be committed. */
async function needRepository({ git, workspace, access, signal }: SetUpRequest): Promise<void> {
  if (whatIsAt(workspace.dir) !== 'directory') throw unusable('worktree');
  await repair(git, workspace, signal, access).catch((error: unknown) => {
    throw error instanceof GitFailure ? unusable('repository of the worktree') : error;
  });
}

function unusable(what: string): GitFailure {
  const message = `the set-up commands removed or replaced the ${what}; the agent was not started`;
  return refused('setup.failed', message);
}

/** By what it is known whether the settings or hooks of a repository were changed. */
async function repositoryAt(gitDir: string): Promise<string> {
  const hooks = (await readdir(join(gitDir, 'hooks')).catch(() => [])).map((name) => `hooks/${name}`);
  const files: (string | undefined)[] = [];
  for (const name of ['config', 'config.worktree', ...hooks.sort()])
    files.push(name, await fingerprint(join(gitDir, name)));
  return JSON.stringify(files);
}

/** Copies the files that the machine has for the repository, and makes git ignore them in this worktree. */
export async function placeFiles(
  { dir, gitDir, url, settings }: GitWorkspace,
  filesDir: string,
  access?: UserAccess,
): Promise<void> {
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
    await copyFile(source, target, constants.COPYFILE_EXCL);
    if (access !== undefined) await chmod(target, 0o660);
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

/** Files that are not in the index, a directory where nothing in it is. */
async function untracked(tree: Worktree, ...more: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await tree.git(['ls-files', '--others', ...more, '--exclude-standard', '--directory', '-z']);
  return stdout.split('\0').flatMap((path) => (path === '' ? [] : [path.replace(/\/$/, '')]));
}
