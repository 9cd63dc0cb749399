// The repository of one attempt: its own configuration, branches and hooks, so that what an agent or a set-up script does there
// concerns no other attempt; the objects it borrows from the mirror.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory } from '@agentcom/schemas/host';
import type { Workspace } from '../core/attempt.js';
import { addSettings } from './config-file.js';
import type { Git, GitOutput, GitRun } from './git.js';
import { placeGuard } from './guard.js';
import type { Mirror } from './mirror.js';
import { keepSettings, ownSettingsOf } from './own-settings.js';
import { partialSettings } from './partial.js';

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
    const hasFiles = existsSync(dir);
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

  git(args: readonly string[], answers: readonly number[] = []): Promise<GitOutput> {
    return this.#git.local(args, { ...this.#run, answers });
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

  async status(): Promise<Status> {
    const args = ['--porcelain=v2', '--branch', '--no-ahead-behind', '-z', '--untracked-files=normal', '--no-renames'];
    return statusIn((await this.git(['status', ...args, ...SHALLOW])).stdout);
  }
}

/**
 * Without a look into submodules: git looks by running itself in them, where it keeps to the settings of whoever made them, and so
 * runs the programs they name. Said on the command line, since a `.gitmodules` overrides every setting.
 */
export const SHALLOW = ['--ignore-submodules=dirty'] as const;

export interface Status {
  /** Undefined when no branch is checked out. */
  readonly branch: string | undefined;
  /** Undefined when the branch has no commit. */
  readonly commit: string | undefined;
  /** Changed and new files, each with two letters of what changed. */
  readonly dirty: readonly string[];
}

/** Fields before the path, by what a line of the second form begins with. */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

function statusIn(text: string): Status {
  const lines = text.split('\0');
  const header = (name: string) => lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(name.length + 10);
  const [branch, commit] = [header('head'), header('oid')];
  return {
    branch: branch === '(detached)' ? undefined : branch,
    commit: commit === '(initial)' ? undefined : commit,
    dirty: lines.flatMap((line) => {
      const fields = line.split(' ');
      const before = FIELDS[fields[0] ?? ''];
      if (before === undefined) return [];
      const letters = before === 1 ? '??' : (fields[1] ?? '').replaceAll('.', ' ');
      return [`${letters} ${fields.slice(before).join(' ')}`];
    }),
  };
}

export interface Layout {
  readonly git: Git;
  readonly mirror: Mirror;
  readonly dir: string;
  readonly gitDir: string;
  readonly branch: string;
  readonly baseBranch: string;
  /** Whose files the worktree gets. */
  readonly files: string;
  /** Where the branch begins: `files`, or a commit of which `files` is the uncommitted continuation. */
  readonly tip: string;
  /** Set in the repository for good. */
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Neither directory is there yet. */
export async function layOut(layout: Layout): Promise<void> {
  const { git, mirror, dir, gitDir, branch, signal } = layout;
  await makePrivateDirectory(dir);
  await git.local(['init', '--quiet', '--template=', '--separate-git-dir', gitDir, dir], { cwd: dir, signal });
  await mkdir(join(gitDir, 'objects', 'info'), { recursive: true });
  await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${join(mirror.dir, 'objects')}\n`);
  const settings = {
    'core.repositoryFormatVersion': '1',
    'remote.origin.url': mirror.url,
    'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
    'push.default': 'current',
    'gc.auto': '0',
    ...((await mirror.isPartial(signal)) && partialSettings('origin')),
    ...layout.settings,
  };
  await addSettings(join(gitDir, 'config'), settings);
  await keepSettings(gitDir);
  await addSettings(join(gitDir, 'config'), { 'extensions.worktreeConfig': 'true' });
  const tree = new Worktree(git, { dir, gitDir }, signal);
  await copyRefs(layout, tree);
  // By the mirror, so that contents which are still at the remote are fetched once for all attempts.
  const env = { GIT_WORK_TREE: dir, GIT_INDEX_FILE: join(gitDir, 'index') };
  const filters = Object.entries(layout.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  await mirror.remote(signal, [...filters, 'read-tree', '-u', '--reset', layout.files], { cwd: dir, env });
  await tree.git(['update-ref', `refs/heads/${branch}`, layout.tip]);
  await tree.git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
  if (layout.tip !== layout.files) await tree.git(['reset', '--quiet', '--mixed']);
  await guardPushes(layout, tree);
}

/** What a clone would have: the remote's branches and tags. In git's own form for many, in place of a file and a check for each. */
async function copyRefs({ mirror, gitDir, baseBranch, signal }: Layout, tree: Worktree): Promise<void> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/remotes/origin/', 'refs/tags/'];
  const { stdout } = await mirror.local(signal, args);
  await writeFile(join(gitDir, 'packed-refs'), `# pack-refs with: sorted \n${stdout}`);
  await tree.git(['symbolic-ref', 'refs/remotes/origin/HEAD', `refs/remotes/origin/${baseBranch}`]);
}

async function guardPushes({ mirror, gitDir, branch, files }: Layout, tree: Worktree): Promise<void> {
  const names = await tree.git(['ls-tree', '-z', '--name-only', files]);
  // The user's settings may rewrite the address.
  const rewritten = await tree.text(['remote', 'get-url', '--push', 'origin']);
  const hooksPath = await placeGuard({
    gitDir,
    branch,
    remotes: [mirror.url, rewritten],
    files: new Set(names.stdout.split('\0')),
  });
  if (hooksPath !== null) await addSettings(join(gitDir, 'config.worktree'), { 'core.hooksPath': hooksPath });
}
