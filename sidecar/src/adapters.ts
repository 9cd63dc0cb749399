// The adapters as a configuration has them: where attempts work, and who works on them.

import { chmod, readdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { LogWriter } from '@agentcom/schemas';
import { LISTED_PRICES } from '@agentcom/schemas/prices';
import type { SidecarConfig } from './config.js';
import type { AttemptId } from './core/attempt.js';
import { Git } from './git/git.js';
import { agentGitEnv } from './git/guard.js';
import { RemoteGate } from './git/remote-gate.js';
import { GitWorkspaces } from './git/workspaces.js';
import { socketPath } from './host/agent-socket-path.js';
import { makePassable, SHARED_UMASK, UserAccess } from './host/user-access.js';
import { identityOf } from './introduction.js';
import { AgentRunner } from './runners/agent-runner.js';
import { KINDS } from './runners/kinds/index.js';
import { placeShim } from './runners/place-shim.js';
import { ownPrices } from './runners/prices.js';
import { placeUnattended } from './runners/unattended.js';

/** Where agents find the command `agentcom`. */
export function binDirOf({ stateDir }: SidecarConfig): string {
  return join(stateDir, 'bin');
}

/** Undefined when agents run as the sidecar's own user. What is made from now on can be shared. */
export function accessOf({ runner: { user } }: SidecarConfig): UserAccess | undefined {
  if (user === undefined) return undefined;
  process.umask(SHARED_UMASK);
  return new UserAccess(user);
}

/** Lets the user as whom agents run start the programs that it is given. */
export async function openPrograms(config: SidecarConfig): Promise<void> {
  const dir = binDirOf(config);
  for (const name of await readdir(dir)) await chmod(join(dir, name), 0o755);
  await chmod(dir, 0o755);
  for (const above of [config.stateDir, config.repoRoot]) await makePassable(above);
}

export function workspacesOf(
  { name, repoRoot, git, verify, runner }: SidecarConfig,
  log: LogWriter,
  access?: UserAccess,
): GitWorkspaces {
  const { image } = runner.container;
  return new GitWorkspaces({
    git: new Git({
      program: git.program,
      env: process.env,
      timeoutMs: git.timeoutSeconds * 1000,
      gate: new RemoteGate(git, process.env),
    }),
    agent: name,
    root: repoRoot,
    filesDir: git.filesDir ?? join(repoRoot, 'files'),
    identity: identityOf(git),
    protectedBranches: git.protectedBranches,
    partialClone: git.partialClone,
    verify: verify.commands,
    // The programs of a container are in its image.
    searchPath: image === undefined ? (process.env.PATH ?? '') : undefined,
    ...(image !== undefined && { image }),
    ...(access !== undefined && { access }),
    warn: (message, error) => log.warn({ err: error }, message),
  });
}

/** `shim` is its program text, `command` what agents get as `agentcom`. Rejects when the file with prices cannot be used. */
export async function runnerOf(
  config: SidecarConfig,
  shim: string,
  command: readonly string[],
  dirOf: (attempt: AttemptId) => string,
  access?: UserAccess,
): Promise<AgentRunner> {
  const { runner, verify, git, stateDir } = config;
  const identity = identityOf(git);
  const prices = ownPrices(runner.pricesFile);
  await placeUnattended(binDirOf(config));
  return new AgentRunner({
    runner,
    verify,
    credentials: git.agentCredentials,
    signing: git.signing,
    kinds: KINDS,
    prices: [...prices, ...LISTED_PRICES],
    ...(runner.gateway.url !== undefined && { gatewayPrices: prices }),
    shim: await placeShim(binDirOf(config), shim),
    dirOf,
    socketOf: (attempt) => socketPath(stateDir, attempt),
    binDir: binDirOf(config),
    command,
    confined: true,
    repoRoot: config.repoRoot,
    commandDirs: [
      ...new Set(
        command
          .slice(1)
          .filter(isAbsolute)
          .map((path) => dirname(path)),
      ),
    ],
    ...(access !== undefined && { access }),
    env: process.env,
    agentEnv: ({ workspace }) =>
      workspace === null ? identity : { ...identity, ...agentGitEnv(workspace, git.agentCredentials) },
  });
}
