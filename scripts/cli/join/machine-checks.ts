// What a machine needs to work for a hub, apart from the hub itself.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunnerKind, SidecarSettings } from '@agentcom/schemas';
import { COLLECT_ORPHANS, freeBytes, uncollectedOrphans } from '@agentcom/schemas/host';
import type { RemotePolicy } from '@agentcom/sidecar/core/remote-policy';
import { failureOf } from '@agentcom/sidecar/git/failures';
import { Git } from '@agentcom/sidecar/git/git';
import { RemoteGate } from '@agentcom/sidecar/git/remote-gate';
import { GIT_MINIMUM, isAtLeast } from '@agentcom/sidecar/git/version';
import { type Environment, exec } from '@agentcom/sidecar/host/exec';
import { whyNoContainer } from '@agentcom/sidecar/host/run-container';
import type { Fault } from '@agentcom/sidecar/host/run-user';
import { needsOf, whyUnusable } from '@agentcom/sidecar/run-user-probe';
import { KINDS } from '@agentcom/sidecar/runners/kinds/index';
import { accountsOf, gatewayUseOf } from '@agentcom/sidecar/runners/provider';
import { codeOf, messageOf } from '../exit.js';
import { ENVIRONMENT_FILE } from '../service/service-text.js';
import { bytes } from '../text.js';
import { type Check, fail, pass, warn } from './check.js';
import { type Places, signedInBy, type Tool, toolOf } from './detect.js';

export const NODE_MINIMUM = [20, 19] as const;
const GIB = 1024 ** 3;
const DISK_WARN_BYTES = 2 * GIB;
const DISK_FAIL_BYTES = GIB;
const REPO_TIMEOUT_MS = 20_000;

export function checkNode(running = process.versions.node): Check {
  const remedy = `Install Node ${NODE_MINIMUM.join('.')} or newer, from https://nodejs.org or your package manager.`;
  return isAtLeast(running, NODE_MINIMUM) ? pass('Node', running) : fail('Node', `${running} is too old`, remedy);
}

/** Only said where something is wrong: outside of containers process 1 is always an init. */
export function checkInit(orphans = uncollectedOrphans() ?? null): readonly Check[] {
  if (orphans === null) return [];
  const dead = orphans.dead === 0 ? '' : ` (${orphans.dead} so far)`;
  return [
    warn('process 1', `is Node, which does not reap the processes that agents leave behind${dead}`, COLLECT_ORPHANS),
  ];
}

export async function checkGit(env: Environment, program = 'git'): Promise<Check> {
  const remedy = `Install git ${GIT_MINIMUM.join('.')} or newer (Debian, Ubuntu: apt install git; macOS: xcode-select --install).`;
  const answer = await exec(program, ['--version'], { env });
  if (!answer.ok) return fail('git', `does not run (${answer.reason})`, remedy);
  const version = answer.stdout.replace(/^git version /, '');
  return isAtLeast(version, GIT_MINIMUM) ? pass('git', version) : fail('git', `${version} is too old`, remedy);
}

/** Room for repositories and worktrees, on the disk that `dir` is or will be on. */
export async function checkDisk(dir: string, minimums = { warn: DISK_WARN_BYTES, fail: DISK_FAIL_BYTES }) {
  const at = await nearestExisting(dir);
  const free = await freeBytes(at);
  const detail = `${bytes(free)} free at ${dir}`;
  const remedy = `Free up some space, or choose another directory with --repo-root. ${bytes(minimums.fail)} are required, ${bytes(minimums.warn)} recommended.`;
  if (free < minimums.fail) return fail('disk', detail, remedy);
  return free < minimums.warn ? warn('disk', detail, remedy) : pass('disk', detail);
}

/** Agents keep their sessions and settings there. */
export async function checkHome({ home }: Pick<Places, 'home'>): Promise<Check> {
  const why = await whyNotWritable(home);
  if (why === undefined) return pass('home', home);
  const remedy =
    'Make it writable for this user, or set HOME to a directory that is: most agents keep their sessions there.';
  return warn('home', `${home} is not writable (${why})`, remedy);
}

/** Directories of an agent, made or still to be made. */
export async function checkWritable(dirs: readonly string[], orElse = ''): Promise<Check> {
  for (const dir of dirs) {
    const why = await whyNotWritable(await nearestExisting(dir));
    if (why === undefined) continue;
    const remedy = `Give it to the user who runs the sidecar (chown -R), or run this as that user${orElse}.`;
    return fail('directories', `${dir} is not writable (${why})`, remedy);
  }
  return pass('directories', 'writable');
}

function whyNotWritable(dir: string): Promise<string | undefined> {
  return access(dir, constants.W_OK | constants.X_OK).then(() => undefined, codeOf);
}

export async function nearestExisting(dir: string): Promise<string> {
  for (let at = dir; ; at = dirname(at)) {
    const isThere = await access(at).then(
      () => true,
      () => false,
    );
    if (isThere || at === dirname(at)) return at;
  }
}

/**
 * The agent itself: whether it is here, runs, and is signed in, unless that is looked at elsewhere. `program` is the configured
 * one.
 */
export async function checkRunner(
  kind: RunnerKind,
  program: string | undefined,
  places: Places,
  isSignedInElsewhere = false,
): Promise<Check> {
  const name = program ?? KINDS.get(kind)?.program ?? undefined;
  if (name === undefined) return fail(kind, 'no program given', 'Give it after the --, for example: -- my-agent');
  const tool = await toolOf(kind, name, places);
  if (tool === undefined) {
    const remedy =
      kind === 'command'
        ? 'Check its name and permissions: it must be on PATH, or given as a path.'
        : `Install ${kind} first, or correct PATH.`;
    return fail(kind, `program ${name} not found`, remedy);
  }
  return kind === 'command' ? pass(kind, tool.path) : checkTool(tool, isSignedInElsewhere);
}

/** By a gateway or accounts that the settings name, which are looked at for themselves. */
export function signsInElsewhere(kind: RunnerKind, runner: SidecarSettings['runner']): boolean {
  return gatewayUseOf(kind, runner) !== undefined || accountsOf(kind, runner).length > 0;
}

/** Whether each of several accounts is signed in. */
export async function checkAccounts(runner: SidecarSettings['runner'], places: Places): Promise<readonly Check[]> {
  const kinds = [...new Set([runner.kind, ...runner.also])];
  const found = kinds.flatMap((kind) => accountsOf(kind, runner).map((account) => ({ kind, account })));
  return Promise.all(
    found.map(async ({ kind, account: { name, home, variable } }) => {
      const signedIn = await signedInBy(kind, { ...places, env: { [variable]: home } });
      const what = `account ${name}`;
      if (signedIn !== undefined) return pass(what, `${kind}, signed in (${signedIn.shown})`);
      const hint = `with ${variable}=${home} in the environment, ${KINDS.get(kind)?.signInHint}`;
      return warn(what, `${kind} seems not to be signed in in ${home}`, `To sign in: ${hint}.`);
    }),
  );
}

/** The user as whom, or the container in which the agent is to run, if one is configured; `dirs`: that it has to pass. */
export async function checkRunUser(
  { runner }: Pick<SidecarSettings, 'runner'>,
  dirs: readonly string[],
  env: Environment,
): Promise<readonly Check[]> {
  const { engine, image } = runner.container;
  if (image !== undefined) {
    const fault = await whyNoContainer({ engine, image }, env);
    return [fault === undefined ? pass('container', image) : failBy('container', fault)];
  }
  if (runner.user === undefined) return [];
  const passed = await Promise.all(dirs.map(nearestExisting));
  const fault = await whyUnusable({ name: runner.user, dirs: passed, ...needsOf(runner, env) });
  return [fault === undefined ? pass('agent user', runner.user) : failBy('agent user', fault)];
}

function failBy(name: string, { what, remedy }: Fault): Check {
  return fail(name, what, `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`);
}

function checkTool({ kind, path, version, signedInBy }: Tool, isSignedInElsewhere: boolean): Check {
  if (version === undefined)
    return fail(kind, `${path} does not print its version`, 'Run it by hand and fix what it reports.');
  if (isSignedInElsewhere) return pass(kind, version);
  const { signedIn, signInHint = '' } = KINDS.get(kind) ?? {};
  const needsNothing = signedIn === undefined || signedIn.env.length + signedIn.files.length === 0;
  if (needsNothing) return pass(kind, version);
  // No failure: a keychain, a proxy or a cloud's own account does not show. The test task finds out.
  if (signedInBy === undefined)
    return warn(kind, `${version}, but it seems not to be signed in`, `To sign in: ${signInHint}.`);
  return pass(kind, `${version}, signed in (${signedInBy.shown})`);
}

/** By which a sidecar's git is run, and what it may speak to. */
export type GitSettings = Pick<SidecarSettings['git'], 'program'> & RemotePolicy;

/** Whether a sidecar's git reaches a repository when it is started here; with `ofService`, whether it does in that environment as well. */
export async function checkRepo(
  url: string,
  env: Environment,
  git: GitSettings,
  ofService?: Environment,
): Promise<Check> {
  const shown = url.replace(/\/\/[^/@]*@/, '//');
  const problem = await whyNotReadable(url, env, git);
  if (problem !== undefined) {
    const remedy =
      problem.code === 'git.not_allowed'
        ? 'Put the setting into a file and give it with --config-from, or change `sidecar.toml` after joining without --repo.'
        : 'Give this user access with a deploy key in ~/.ssh or a git credential helper.';
    return fail('repository', `cannot read ${shown}: ${problem.message.replaceAll(url, shown)}`, remedy);
  }
  const later = ofService && (await whyNotReadable(url, ofService, git));
  if (later === undefined) return pass('repository', `${shown} is readable`);
  return warn(
    'repository',
    `${shown} is readable from this shell, but not by the service: ${later.message.replaceAll(url, shown)}`,
    `A service has no ssh-agent and no other variables of this shell. Use a key in ~/.ssh or a git credential helper, or add variables to the file \`${ENVIRONMENT_FILE}\` next to its configuration.`,
  );
}

async function whyNotReadable(url: string, env: Environment, { program, ...policy }: GitSettings) {
  const git = new Git({ program, env, timeoutMs: REPO_TIMEOUT_MS, gate: new RemoteGate(policy, env) });
  const { signal } = new AbortController();
  return git.remote(url, ['ls-remote', '--quiet', '--', url, 'HEAD'], { cwd: '/', signal }).then(
    () => undefined,
    (error: unknown) => ({ code: failureOf(error).code, message: messageOf(error) }),
  );
}

/** Which repositories tasks may use, since nobody expects that of a directory. */
export function checkAllowed({ repositories, hosts, directories, localHosts }: RemotePolicy): Check {
  const isAny = repositories.includes('*') && hosts.includes('*');
  const remote = isAny ? 'any' : 'those that the settings name';
  const isLocal = directories.length > 0 || localHosts.length > 0;
  return pass(
    'remotes',
    `${remote}, ${isLocal ? 'also on this machine' : 'none on this machine'} (\`git\` in sidecar.toml)`,
  );
}

/** Whose name the commits get. */
export function checkIdentity(identity: { readonly authorName: string; readonly authorEmail: string }): Check {
  return pass('identity', `commits as ${identity.authorName} <${identity.authorEmail}>`);
}
