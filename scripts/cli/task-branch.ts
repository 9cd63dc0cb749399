// The pushed branch of a task in the user's own repository: fetched with their own access, compared with its base, checked out.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TaskView } from '@agentcom/schemas';
import { isBranchName } from '@agentcom/schemas/git-names';
import { repoAddress } from '@agentcom/schemas/repo-address';
import { CommandError, failed, messageOf, usageError } from './exit.js';
import type { Invocation } from './invocation.js';
import { gitEnvironment, gitIn } from './local-repository.js';
import { oneLine } from './text.js';

/** A task whose branch is at the remote. */
export interface Pushed {
  readonly url: string;
  readonly branch: string;
  readonly commit: string | undefined;
  readonly base: string | undefined;
  /** That it began from, as long as the remote has it. */
  readonly parentBranch: string | undefined;
}

/** Throws 1 with the next step for a task without a branch. */
export function pushedOf(invocation: Invocation, { id, repo, result, state, parentBranch }: TaskView): Pushed {
  if (repo !== undefined && result?.branch !== undefined) {
    for (const name of [result.branch, repo.base, parentBranch]) {
      // In a refspec of git `:` would name another branch of the user.
      if (name !== undefined && !isBranchName(name))
        throw failed('task.no_branch', `${oneLine(name)} is not a branch name`);
    }
    return { url: repo.url, branch: result.branch, commit: result.commit, base: repo.base, parentBranch };
  }
  const isOver = state === 'completed' || state === 'cancelled' || state === 'dead';
  const message =
    repo === undefined ? 'the task has no repository' : `the task is ${state} and has not pushed a branch`;
  const next = isOver ? invocation.hint(`task show ${id}`) : invocation.hint(`task why ${id}`);
  throw failed('task.no_branch', message, `See: ${next}`);
}

/** Fetches the branch, into a repository of the user; gives that repository and the commit that was fetched. */
export async function fetched(
  invocation: Invocation,
  pushed: Pushed,
): Promise<{ readonly dir: string; readonly commit: string }> {
  const dir = await repositoryFor(invocation, pushed);
  await fetchRef(invocation, dir, pushed.url, `refs/heads/${pushed.branch}`);
  const commit = (await gitText(invocation, dir, ['rev-parse', '--verify', 'FETCH_HEAD^{commit}'])).trim();
  if (pushed.commit !== undefined && commit !== pushed.commit) {
    invocation.out.warning(`${pushed.branch} has moved since the task ended, from ${pushed.commit} to ${commit}`);
  }
  return { dir, commit };
}

/** Where the work branched off. */
export async function startOf(
  invocation: Invocation,
  dir: string,
  { url, base, parentBranch }: Pushed,
  commit: string,
): Promise<string> {
  const ownBase = base === undefined ? 'HEAD' : `refs/heads/${base}`;
  await fetchRef(invocation, dir, url, parentBranch === undefined ? ownBase : `refs/heads/${parentBranch}`).catch(
    (error: unknown) => {
      if (parentBranch === undefined) throw error;
      return fetchRef(invocation, dir, url, ownBase);
    },
  );
  return (await gitText(invocation, dir, ['merge-base', 'FETCH_HEAD', commit])).trim();
}

/** The repository of the current folder if it is the task's, or a local one that is the task's itself. */
async function repositoryFor(invocation: Invocation, { url }: Pushed): Promise<string> {
  const { world } = invocation;
  const top = await gitText(invocation, world.cwd, ['rev-parse', '--show-toplevel']).catch(() => '');
  const here = top.trimEnd();
  const remotes =
    here === ''
      ? ''
      : await gitText(invocation, here, ['config', '--get-regexp', '^remote\\..*\\.url$']).catch(() => '');
  const addresses = remotes.split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
  if (here !== '' && addresses.some((address) => sameRepository(address, url))) return here;
  const local = url.startsWith('file:') ? fileURLToPath(url) : undefined;
  if (
    local !== undefined &&
    (here === local || (await gitText(invocation, local, ['rev-parse', '--git-dir']).catch(() => '')) !== '')
  )
    return local;
  throw usageError(`this folder is not a clone of ${oneLine(url)}`, `Run it in a clone: git clone ${oneLine(url)}`);
}

/** However it is written: with or without `.git`, as an address or as host:path, as a path or as file://. */
export function sameRepository(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(url: string): string {
  const address = repoAddress(url);
  if (address !== null) return `${address.host}/${address.path}`;
  return url
    .replace(/^file:\/\/(?=\/)/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}

async function fetchRef(invocation: Invocation, dir: string, url: string, ref: string): Promise<void> {
  await git(invocation, dir, ['fetch', '--quiet', '--no-tags', '--no-write-commit-graph', '--', url, ref]);
}

/** Runs git with the terminal as its own; what it says on stderr goes to the user. */
export async function git({ world, out }: Invocation, dir: string, args: readonly string[]): Promise<void> {
  const inherits = world.stdout.isTerminal && !out.json;
  const { code, text } = await run(dir, args, gitEnvironment(world), inherits);
  if (code !== 0) throw failed('git.failed', `git ${args[0]} failed with exit code ${code}`);
  if (!inherits && !out.json) world.stdout.write(text);
}

/** What git prints. */
function gitText({ world }: Invocation, dir: string, args: readonly string[]): Promise<string> {
  return gitIn(
    world,
    dir,
  )(args).catch((cause: unknown) => {
    throw cause instanceof CommandError ? cause : failed('git.failed', `git ${args[0]} failed: ${messageOf(cause)}`);
  });
}

function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  inherits: boolean,
): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env, stdio: inherits ? 'inherit' : ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text: Buffer.concat(chunks).toString('utf8') }));
  });
}

/** The page of the branch for a browser: the request, else the branch at the forge; undefined where its address is not known. */
export function pageOf({ url, branch }: Pushed, pullRequest: string | undefined): string | undefined {
  if (pullRequest !== undefined) return pullRequest;
  const address = repoAddress(url);
  // An alias of ssh is no host.
  if (address === null || !address.host.includes('.')) return undefined;
  const { host, path } = address;
  const tree = /gitlab/.test(host) ? '-/tree' : /gitea|forgejo|codeberg/.test(host) ? 'src/branch' : 'tree';
  return `https://${host}/${path}/${tree}/${branch.split('/').map(encodeURIComponent).join('/')}`;
}
