// The adapters as a configuration has them: where attempts work, and who works on them.

import { join } from 'node:path';
import type { SidecarConfig } from './config.js';
import type { AttemptId } from './core/attempt.js';
import { Git } from './git/git.js';
import { agentGitEnv } from './git/guard.js';
import { RemoteGate } from './git/remote-gate.js';
import { GitWorkspaces } from './git/workspaces.js';
import { socketPath } from './host/agent-socket-path.js';
import { identityOf } from './introduction.js';
import type { Log } from './ports.js';
import { AgentRunner } from './runners/agent-runner.js';
import { KINDS } from './runners/kinds/index.js';
import { placeShim } from './runners/place-shim.js';
import { pricesWith } from './runners/prices.js';
import { placeUnattended } from './runners/unattended.js';

/** Where agents find the command `agentcom`. */
export function binDirOf({ stateDir }: SidecarConfig): string {
  return join(stateDir, 'bin');
}

export function workspacesOf({ name, repoRoot, git, verify }: SidecarConfig, log: Log): GitWorkspaces {
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
    searchPath: process.env.PATH ?? '',
    warn: (message, error) => log.warn({ err: error }, message),
  });
}

/** `shim` is its program text, `command` what agents get as `agentcom`. Rejects when the file with prices cannot be used. */
export async function runnerOf(
  config: SidecarConfig,
  shim: string,
  command: readonly string[],
  dirOf: (attempt: AttemptId) => string,
): Promise<AgentRunner> {
  const { runner, verify, git, stateDir } = config;
  const identity = identityOf(git);
  await placeUnattended(binDirOf(config));
  return new AgentRunner({
    runner,
    verify,
    credentials: git.agentCredentials,
    signing: git.signing,
    kinds: KINDS,
    prices: await pricesWith(runner.pricesFile),
    shim: await placeShim(binDirOf(config), shim),
    dirOf,
    socketOf: (attempt) => socketPath(stateDir, attempt),
    binDir: binDirOf(config),
    command,
    confined: true,
    env: process.env,
    agentEnv: ({ workspace }) =>
      workspace === null ? identity : { ...identity, ...agentGitEnv(workspace, git.agentCredentials) },
  });
}
