// What an agent has on this machine: its configuration and key, its state, its worktrees, and work that is nowhere else.

import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import type { SidecarSettings } from '@agentcom/schemas';
import { removeEmptyDirectory } from '@agentcom/schemas/host';
import { socketPath } from '@agentcom/sidecar/host/agent-socket-path';
import { AGENT_FILES } from './enrol.js';
import { codeOf } from './exit.js';
import { TEST_DIR } from './join/test-task.js';
import { LAUNCHER } from './service/launcher.js';
import { ENVIRONMENT_FILE } from './service/service-text.js';

const GIT_TIMEOUT_MS = 60_000;
/** What a sidecar makes in its state directory. */
const STATE_PARTS = [
  'jobs',
  'kept',
  'trash',
  'sessions',
  'sockets',
  'bin',
  'messages.json',
  'local.json',
  'machine.json',
  '.lock',
];
/** What attempts keep in a cached repository, each below the agent's name. */
const OWN_REFS = ['salvage', 'began', 'attempt'];
/** How the directory of an attempt whose files are nowhere else ends. */
const KEPT = '-kept';

/** Work that would be lost with the files: what it is, and where. */
export interface UnpushedWork {
  readonly what: 'job' | 'kept' | 'salvaged';
  readonly where: string;
}

export async function unpushedWork(settings: SidecarSettings): Promise<readonly UnpushedWork[]> {
  const jobs = await entriesOf(join(settings.stateDir, 'jobs'));
  const kept = await entriesOf(join(settings.stateDir, 'kept'));
  const salvaged: UnpushedWork[] = [];
  for (const mirror of await mirrorsOf(settings)) {
    const refs = await git(settings, mirror, [
      'for-each-ref',
      '--format=%(refname)',
      `refs/agentcom/salvage/${settings.name}/`,
    ]);
    for (const ref of refs.split('\n').filter((line) => line !== '')) {
      const onlyHere = await git(settings, mirror, [
        'rev-list',
        '--max-count=1',
        ref,
        '--not',
        '--glob=refs/remotes/*',
      ]);
      if (onlyHere !== '') salvaged.push({ what: 'salvaged', where: `${mirror} ${ref}` });
    }
  }
  return [
    ...jobs.map((where): UnpushedWork => ({ what: 'job', where })),
    ...[...kept, ...(await keptWorktrees(settings))].map((where): UnpushedWork => ({ what: 'kept', where })),
    ...salvaged,
  ];
}

/** Worktrees that a sidecar did not dare to remove: it has noted that beside them. */
async function keptWorktrees({ repoRoot, name }: SidecarSettings): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const path of await entriesOf(join(repoRoot, 'work', name))) {
    if (path.endsWith(KEPT)) kept.push(path);
    if (path.endsWith('.owner') && (await saysKept(path))) kept.push(path.slice(0, -'.owner'.length));
  }
  return kept;
}

async function saysKept(ownerFile: string): Promise<boolean> {
  try {
    const { isKept } = JSON.parse(await readFile(ownerFile, 'utf8')) as { isKept?: unknown };
    return isKept === true;
  } catch {
    // Not to be read: rather one question too many than work that is lost.
    return true;
  }
}

/**
 * Removes what `join` and the sidecar made, and nothing else: cached repositories outside the agent's own directory stay, since
 * other agents may use them.
 */
export async function removeAgentFiles(config: string, settings: SidecarSettings): Promise<readonly string[]> {
  const dir = dirname(config);
  const work = join(settings.repoRoot, 'work', settings.name);
  const removed = [
    work,
    `${work}.lock`,
    ...STATE_PARTS.map((part) => join(settings.stateDir, part)),
    ...[...AGENT_FILES, ENVIRONMENT_FILE, LAUNCHER, TEST_DIR].map((part) => join(dir, part)),
  ];
  // Where sockets are when the state directory's name is too long for them.
  const sockets = dirname(socketPath(settings.stateDir, { task: '', generation: 0 }));
  if (!isWithin(settings.stateDir, sockets)) removed.push(sockets);
  for (const path of removed) await rm(path, { recursive: true, force: true });
  if (isWithin(dir, settings.repoRoot)) await rm(join(settings.repoRoot, 'mirrors'), { recursive: true, force: true });
  else await forgetWorktrees(settings);
  await rm(settings.keyFile, { force: true });
  await rm(config, { force: true });
  const emptied = [join(settings.repoRoot, 'work'), settings.repoRoot, settings.stateDir, dir];
  for (const path of emptied) await removeEmptyDirectory(path);
  return [config, settings.keyFile, ...removed];
}

/** In shared repositories: the branches of the agent and what git remembers of its worktrees. */
async function forgetWorktrees(settings: SidecarSettings): Promise<void> {
  const own = [
    `refs/heads/agentcom/${settings.name}/`,
    ...OWN_REFS.map((kind) => `refs/agentcom/${kind}/${settings.name}/`),
  ];
  for (const mirror of await mirrorsOf(settings)) {
    await git(settings, mirror, ['worktree', 'prune']);
    const refs = await git(settings, mirror, ['for-each-ref', '--format=%(refname)', ...own]);
    for (const ref of refs.split('\n').filter((line) => line !== ''))
      await git(settings, mirror, ['update-ref', '-d', ref]);
  }
}

async function mirrorsOf({ repoRoot }: SidecarSettings): Promise<readonly string[]> {
  return (await entriesOf(join(repoRoot, 'mirrors'))).filter((path) => path.endsWith('.git'));
}

async function entriesOf(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir)).map((name) => join(dir, name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function git({ git: { program } }: SidecarSettings, gitDir: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['--git-dir', gitDir, ...args], { timeout: GIT_TIMEOUT_MS });
  return stdout;
}

function isWithin(dir: string, path: string): boolean {
  return resolve(path).startsWith(resolve(dir) + sep);
}
