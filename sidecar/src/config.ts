// The sidecar's configuration: a TOML file, under the environment.

import { resolve } from 'node:path';
import type { RunnerKind, SidecarSettings } from '@agentcom/schemas';
import { readBounded } from '@agentcom/schemas/host';
import { resolveSettings } from '@agentcom/schemas/settings';
import { compile } from '@agentcom/schemas/validate';
import { parse } from 'smol-toml';
import { KINDS } from './runners/kinds/index.js';

export type SidecarConfig = SidecarSettings;

/** The configuration cannot be used; the message has one line for each fault. */
export class ConfigError extends Error {
  /** `cause`: why the file cannot be read. */
  constructor(file: string, faults: readonly string[], cause?: unknown) {
    super(`${file} cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`, { cause });
    this.name = 'ConfigError';
  }
}

/** Reads and checks a configuration file. Paths in the answer are absolute. Throws `ConfigError`. */
export function loadSidecarConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): SidecarConfig {
  let content: Readonly<Record<string, unknown>>;
  try {
    content = parse(readBounded(file).toString('utf8'));
  } catch (error) {
    throw new ConfigError(file, [error instanceof Error ? error.message : String(error)], error);
  }
  const readFile = (path: string) => readBounded(path).toString('utf8');
  const resolved = resolveSettings('sidecar', { env, file: { name: file, content }, readFile }, compile);
  if (!resolved.ok)
    throw new ConfigError(
      file,
      resolved.details.map(({ path, message }) => `${path} ${message}`),
    );
  const faults = faultsOf(resolved.value);
  if (faults.length > 0) throw new ConfigError(file, faults);
  return withPaths(resolved.value);
}

/** What the schema cannot say, because it lies between settings. */
export function faultsOf({ hub, runner, forges }: SidecarSettings): readonly string[] {
  const faults: string[] = [];
  if (!URL.canParse(hub)) faults.push(`hub must be an address such as https://hub.example.org, not ${hub}`);
  const [command] = runner.argv;
  const isCommand = runner.kind === 'command' || runner.also.includes('command');
  if (isCommand && command === undefined) faults.push('runner.argv is empty, but the runner `command` needs a program');
  if (runner.user !== undefined && runner.container.image !== undefined)
    faults.push('runner.user and runner.container.image exclude each other: leave one of them out');
  faults.push(...gatewayFaults(runner), ...accountFaults(runner));
  const hosts = forges.map(({ host }) => host);
  const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
  if (twice !== undefined) faults.push(`forges names ${twice} twice`);
  return faults;
}

function gatewayFaults({ gateway, kind, also, model }: SidecarSettings['runner']): readonly string[] {
  const { url, tokenFile, tokenVariable } = gateway;
  const faults: string[] = [];
  if (tokenFile !== undefined && tokenVariable !== undefined)
    faults.push('runner.gateway.tokenFile and runner.gateway.tokenVariable exclude each other: leave one of them out');
  if (url === undefined) {
    if (tokenFile !== undefined || tokenVariable !== undefined)
      faults.push('runner.gateway has a token but no address: add runner.gateway.url');
    return faults;
  }
  // Past the gateway, it would spend what the gateway is there to count.
  for (const past of new Set([kind, ...also].filter((one) => one !== 'command' && !hasGateway(one)))) {
    faults.push(
      `runner.gateway does not serve ${past}: leave it out of runner.kind and runner.also, or leave out the gateway`,
    );
  }
  if (kind === 'opencode' && model === undefined)
    faults.push('runner.model is missing: through a gateway, opencode has to be told which model to use');
  return faults;
}

function accountFaults({ accounts, kind: usual, also, gateway }: SidecarSettings['runner']): readonly string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { name, kind = usual, home } of accounts) {
    if (kind !== usual && !also.includes(kind))
      faults.push(`runner.accounts has ${name} of ${kind}: add ${kind} to runner.also, or remove the account`);
    if (KINDS.get(kind)?.accountVariable === undefined)
      faults.push(`runner.accounts has ${name} of ${kind}, which keeps no accounts in directories: remove it`);
    if (gateway.url !== undefined && hasGateway(kind))
      faults.push(`runner.accounts has ${name} of ${kind}, which goes through runner.gateway: leave one of them out`);
    for (const [what, value] of [
      ['name', name],
      ['home', resolve(home)],
    ] as const) {
      if (seen.has(`${kind} ${what} ${value}`))
        faults.push(`runner.accounts has two of ${kind} with the ${what} ${value}: give each its own`);
      seen.add(`${kind} ${what} ${value}`);
    }
  }
  return faults;
}

function hasGateway(kind: RunnerKind): boolean {
  return KINDS.get(kind)?.gateway !== undefined;
}

/** With every path absolute, so that it means the same wherever a process of it is started. */
function withPaths(settings: SidecarSettings): SidecarConfig {
  const { runner, git, forges, pullRequest } = settings;
  const [command, ...args] = runner.argv;
  return {
    ...settings,
    keyFile: resolve(settings.keyFile),
    stateDir: resolve(settings.stateDir),
    repoRoot: resolve(settings.repoRoot),
    // A program named by a path is meant from here: the agent starts in a worktree, whose content must not choose the program.
    runner: {
      ...runner,
      argv: command === undefined ? [] : [program(command), ...args],
      ...(runner.program !== undefined && { program: program(runner.program) }),
      container: { ...runner.container, engine: program(runner.container.engine) },
      accounts: runner.accounts.map((account) => ({ ...account, home: resolve(account.home) })),
      gateway: {
        ...runner.gateway,
        ...(runner.gateway.tokenFile !== undefined && { tokenFile: resolve(runner.gateway.tokenFile) }),
      },
      ...(runner.pricesFile !== undefined && { pricesFile: resolve(runner.pricesFile) }),
    },
    git: {
      ...git,
      program: program(git.program),
      ...(git.filesDir !== undefined && { filesDir: resolve(git.filesDir) }),
    },
    forges: forges.map((forge) =>
      forge.tokenFile === undefined ? forge : { ...forge, tokenFile: resolve(forge.tokenFile) },
    ),
    pullRequest: {
      ...pullRequest,
      ...(pullRequest.template !== undefined && { template: resolve(pullRequest.template) }),
    },
  };
}

function program(name: string): string {
  return name.includes('/') ? resolve(name) : name;
}
