// The sidecar's configuration: a TOML file, under the environment.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SidecarSettings } from '@agentcom/schemas';
import { resolveSettings } from '@agentcom/schemas/settings';
import { parse } from 'smol-toml';

export type SidecarConfig = SidecarSettings & {
  readonly runner: { readonly argv: readonly [string, ...string[]] };
};

/** The configuration cannot be used; the message has one line for each fault. */
export class ConfigError extends Error {
  constructor(file: string, faults: readonly string[]) {
    super(`${file} cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
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
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(file, [error instanceof Error ? error.message : String(error)]);
  }
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const resolved = resolveSettings('sidecar', { env, file: { name: file, content }, readFile });
  if (!resolved.ok)
    throw new ConfigError(
      file,
      resolved.details.map(({ path, message }) => `${path} ${message}`),
    );
  const { value } = resolved;
  const [command, ...args] = value.runner.argv;
  if (command === undefined) throw new ConfigError(file, ['runner.argv names no program']);
  return {
    ...value,
    keyFile: resolve(value.keyFile),
    stateDir: resolve(value.stateDir),
    repoRoot: resolve(value.repoRoot),
    // A program named by a path is meant from here: the agent starts in a worktree, whose content must not choose the program.
    runner: { ...value.runner, argv: [program(command), ...args] },
    git: { ...value.git, program: program(value.git.program) },
  };
}

function program(name: string): string {
  return name.includes('/') ? resolve(name) : name;
}
