// The repository of one attempt: its own configuration, branches and hooks, so that what an agent or a set-up script does there
// concerns no other attempt; the objects it borrows from the mirror.

import { lstatSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateDirectory } from '@agentcom/schemas/host';
import type { Workspace } from '../core/attempt.js';
import type { UserAccess } from '../host/user-access.js';
import { addSettings } from './config-file.js';
import type { Git, GitOutput, GitRun } from './git.js';
import { placeGuard } from './guard.js';
import type { Mirror } from './mirror.js';
import { keepSettings, ownSettingsOf } from './own-settings.js';
import { partialSettings } from './partial.js';
import { notePhantoms } from './phantom-changes.js';
import type { RemoteRefs } from './remote-refs.js';
import type { Site } from './site.js';
import { SHALLOW, type Status, type StatusOptions, statusIn } from './status.js';

export type GitWorkspace = Extract<Workspace, { kind: 'git' }>;

const LISTING_BYTES_MAX = 256 * 1024 * 1024;

/** Runs git in a worktree, whatever its `.git` and its settings say by now. */
export class Worktree {
  readonly #git: Git;
  readonly #run: GitRun;

  constructor(
    git: Git,
    { dir, gitDir }: Pick<GitWorkspace, 'dir' | 'gitDir'>,
    signal: AbortSignal,
    env: GitRun['env'] = {},
  ) {
    this.#git = git;
    const hasFiles = whatIsAt(dir) === 'directory';
    this.#run = {
      cwd: hasFiles ? dir : gitDir,
      env: {
        ...env,
        GIT_DIR: gitDir,
        GIT_COMMON_DIR: ownSettingsOf(gitDir),
        GIT_WORK_TREE: hasFiles ? dir : gitDir,
      },
      signal,
      stdoutBytesMax: LISTING_BYTES_MAX,
    };
  }

  git(args: readonly string[], answers: readonly number[] = [], input?: string): Promise<GitOutput> {
    return this.#git.local(args, { ...this.#run, answers, ...(input !== undefined && { input }) });
  }

  /** At most so many bytes of what it prints. */
  beginning(args: readonly string[], stdoutBytesMax: number): Promise<GitOutput> {
    return this.#git.local(args, { ...this.#run, stdoutBytesMax, isCuttable: true });
  }

  async text(args: readonly string[]): Promise<string> {
    return (await this.git(args)).stdout.trim();
  }

  async commitAt(ref: string): Promise<string | null> {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
    const { code, stdout } = await this.git(args, [1, 128]);
    return code === 0 ? stdout.trim() : null;
  }

  /** How many commits only the older has, and only the newer. */
  async between(older: string, newer: string): Promise<{ readonly lost: number; readonly own: number }> {
    const counts = await this.text(['rev-list', '--count', '--left-right', `${older}...${newer}`, '--']);
    const [lost, own] = counts.split('\t').map(Number);
    return { lost: lost ?? 0, own: own ?? 0 };
  }

  async isAncestor(older: string, newer: string): Promise<boolean> {
    return (await this.git(['merge-base', '--is-ancestor', older, newer], [1])).code === 0;
  }

  async status({ untracked = 'normal', ignored = 'no' }: StatusOptions = {}): Promise<Status> {
    const args = ['--porcelain=v2', '--branch', '--no-ahead-behind', '-z', '--no-renames'];
    const files = [`--untracked-files=${untracked}`, `--ignored=${ignored}`];
    return statusIn((await this.git(['status', ...args, ...files, ...SHALLOW])).stdout);
  }
}

export interface Layout {
  readonly git: Git;
  readonly mirror: Mirror;
  readonly site: Site;
  readonly branch: string;
  readonly baseBranch: string;
  readonly refs: RemoteRefs;
  /** What git makes of an address when it pushes, by the address; what is missing is added. */
  readonly pushUrls: Map<string, string>;
  /** Whose files the worktree gets. */
  readonly files: string;
  /** Where the branch begins: `files`, or a commit of which `files` is the uncommitted continuation. */
  readonly tip: string;
  /** Set in the repository for good. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whose programs work in it, when that is another user. */
  readonly access?: UserAccess;
  readonly signal: AbortSignal;
}

/** Neither directory is there yet. What git would have to be started for is written as git writes it. */
export async function layOut(layout: Layout): Promise<void> {
  const { mirror, site, branch, signal } = layout;
  const { dir, gitDir } = site;
  for (const made of [dir, gitDir]) {
    await makePrivateDirectory(made);
    await layout.access?.share(made);
  }
  await initialise(layout);
  const tree = new Worktree(layout.git, { dir, gitDir }, signal);
  // By the mirror, so that contents which are still at the remote are fetched once for all attempts.
  const env = { GIT_WORK_TREE: dir, GIT_INDEX_FILE: join(gitDir, 'index') };
  const filters = Object.entries(layout.settings)
    .filter(([name]) => name.startsWith('filter.'))
    .flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await mirror.remote(signal, [...filters, 'read-tree', '-u', '--reset', layout.files], { cwd: dir, env });
  await writeRef(gitDir, `refs/heads/${branch}`, layout.tip);
  await writeFile(join(gitDir, 'HEAD'), `ref: refs/heads/${branch}\n`);
  await Promise.all([notePhantoms(tree, site), guardPushes(layout, tree)]);
  if (layout.tip !== layout.files) await tree.git(['reset', '--quiet', '--mixed']);
}

/** As `git init` with a directory of its own, which borrows the objects of the mirror and has the remote's branches and tags. */
async function initialise({
  mirror,
  refs,
  site: { dir, gitDir },
  baseBranch,
  settings,
  access,
}: Layout): Promise<void> {
  for (const name of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    await mkdir(join(gitDir, name), { recursive: true });
  }
  await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${join(mirror.dir, 'objects')}\n`);
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/-\n');
  // In git's own form for many, in place of a file and a check for each.
  await writeFile(join(gitDir, 'packed-refs'), `# pack-refs with: sorted \n${refs.listing}`);
  await writeRef(gitDir, 'refs/remotes/origin/HEAD', `ref: refs/remotes/origin/${baseBranch}`);
  await addSettings(join(gitDir, 'config'), {
    ...(await mirror.diskSettings()),
    'core.repositoryFormatVersion': '1',
    'core.bare': 'false',
    'core.logAllRefUpdates': 'true',
    'remote.origin.url': mirror.url,
    'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
    'push.default': 'current',
    'gc.auto': '0',
    ...(access !== undefined && { 'core.sharedRepository': 'group' }),
    ...((await mirror.isPartial()) && partialSettings('origin')),
    ...settings,
  });
  await keepSettings(gitDir);
  await addSettings(join(gitDir, 'config'), { 'extensions.worktreeConfig': 'true' });
  await writeFile(join(dir, '.git'), `gitdir: ${gitDir}\n`);
}

async function writeRef(gitDir: string, ref: string, value: string): Promise<void> {
  await mkdir(dirname(join(gitDir, ref)), { recursive: true });
  await writeFile(join(gitDir, ref), `${value}\n`);
}

async function guardPushes({ mirror, site: { dir, gitDir }, branch, pushUrls }: Layout, tree: Worktree): Promise<void> {
  // The user's settings may rewrite the address; asked for once for each.
  const rewritten = pushUrls.get(mirror.url) ?? (await tree.text(['remote', 'get-url', '--push', 'origin']));
  pushUrls.set(mirror.url, rewritten);
  const hooksPath = await placeGuard({
    gitDir,
    branch,
    remotes: [mirror.url, rewritten],
    files: new Set(await readdir(dir)),
  });
  if (hooksPath !== null) await addSettings(join(gitDir, 'config.worktree'), { 'core.hooksPath': hooksPath });
}

/** A link is none of the two, wherever it leads. */
export function whatIsAt(path: string): 'directory' | 'nothing' | 'other' {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'nothing';
  return found.isDirectory() ? 'directory' : 'other';
}
