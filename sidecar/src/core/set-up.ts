// What is run before the agent, so that it finds the repository as a person would have it; and by what the outcome can be known again.

import { LIMITS, type VerificationRun, wordsOf } from '@agentcom/schemas';
import { clipEnd } from '@agentcom/schemas/clip';
import type { Failure } from './attempt.js';
import type { Job } from './job-model.js';

/** Files that say what a package manager installs, though no command names them. */
const LOCK_FILES: readonly string[] = [
  ...['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'yarn.lock'],
  ...['.npmrc', '.nvmrc', '.tool-versions', 'bun.lock', 'bun.lockb', 'deno.lock', 'requirements.txt', 'pyproject.toml'],
  ...['poetry.lock', 'uv.lock', 'Pipfile.lock', 'Gemfile.lock', 'Cargo.lock', 'go.mod', 'go.sum', 'composer.lock'],
  ...['Makefile', 'flake.lock', 'mix.lock', 'pubspec.lock', 'packages.lock.json'],
];
const OUTPUT_BYTES = 2 * 1024;

/** None when the work of an earlier attempt is only to be pushed. */
export function setupCommands({ task, workspace }: Pick<Job, 'task' | 'workspace'>): readonly string[] {
  return workspace?.kind === 'git' && task.push === undefined ? workspace.settings.setup : [];
}

/** Paths in the repository on which the outcome of the commands depends, as far as that can be told; sorted. */
export function pathsBehind(commands: readonly string[]): readonly string[] {
  const named = commands.flatMap((command) => {
    const words = wordsOf(command);
    return words.ok ? words.words : [];
  });
  const paths = named.map((word) => word.replace(/^(?:\.\/)+/, '')).filter((word) => /^[^-/:][^:]*$/.test(word));
  return [...new Set([...LOCK_FILES, ...paths.filter((path) => !path.split('/').includes('..'))])].sort();
}

/** Null when all of them succeeded. */
export function setupFailure(runs: readonly VerificationRun[]): Failure | null {
  const failed = runs.find(({ exitCode }) => exitCode !== 0);
  if (failed === undefined) return null;
  const how = failed.exitCode === undefined ? 'crashed or took too long' : `exited with code ${failed.exitCode}`;
  const output = clipEnd(failed.output.trim(), Math.min(OUTPUT_BYTES, LIMITS.errorMessageBytes));
  const message = `the set-up command \`${failed.command}\` ${how}; the agent was not started${output === '' ? '' : `:\n${output}`}`;
  return { class: 'permanent', code: 'setup.failed', message };
}
