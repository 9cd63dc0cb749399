// What is run before the agent, so that it finds the repository as a person would have it; and by what the outcome can be known again.

import type { VerificationRun } from '@agentcom/schemas';
import { clipEnd } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import { wordsOf } from '@agentcom/schemas/words';
import type { Failure } from './attempt.js';
import type { Job } from './job-model.js';

/**
 * Commands that install what manifests and lock files name, and read nothing else of the repository (docs.npmjs.com/cli/commands/npm-ci,
 * pnpm.io/cli/install, yarnpkg.com/cli/install, bun.sh/docs/cli/install, go.dev/ref/mod#go-mod-download, doc.rust-lang.org/cargo/commands/
 * cargo-fetch.html). Not among them: pip, since an environment of Python names its own path and is not kept anyway; bundler, since a Gemfile
 * is a program; composer, whose autoloader lists the sources.
 */
const INSTALLERS: ReadonlySet<string> = new Set([
  ...[
    'npm ci',
    'npm clean-install',
    'npm install',
    'npm i',
    'pnpm install',
    'pnpm i',
    'yarn',
    'yarn install',
    'bun install',
  ],
  ...['go mod download', 'cargo fetch'],
]);
/** What they read, by name, in any directory. */
const MANIFESTS: ReadonlySet<string> = new Set([
  ...[
    'package.json',
    'package-lock.json',
    'npm-shrinkwrap.json',
    '.npmrc',
    '.nvmrc',
    '.node-version',
    '.tool-versions',
  ],
  ...['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.pnpmfile.cjs', '.pnpmfile.mjs', 'yarn.lock', '.yarnrc', '.yarnrc.yml'],
  ...['bun.lock', 'bun.lockb', 'bunfig.toml', 'go.mod', 'go.sum', 'go.work', 'go.work.sum', 'Cargo.toml', 'Cargo.lock'],
  ...['rust-toolchain', 'rust-toolchain.toml', 'binding.gyp'],
]);
/** In which of them something may take more of the repository into an installation. */
export const TELLING_MANIFESTS = ['package.json', '.npmrc', 'pnpm-workspace.yaml', 'binding.gyp'] as const;
/** By what that is known, as extended regular expressions. Paths of the package itself, such as that of `main`, have an ending. */
const LOCAL_PACKAGES: readonly string[] = [
  `["' ](file|link|portal|patch):`,
  ':[[:space:]]*"(\\./[^".]+|(\\.\\./|~/|/)[^"]*|[^":]*\\.(tgz|tar|tar\\.gz))"',
  '"patchedDependencies"',
  '"injected"[[:space:]]*:[[:space:]]*true',
  '(inject-workspace-packages|injectWorkspacePackages)[[:space:]]*[:=][[:space:]]*true',
];
/** What is run at one (docs.npmjs.com/cli/using-npm/scripts), also by node-gyp, which is where a `binding.gyp` is. */
const INSTALL_SCRIPTS: readonly string[] = [
  '"((pre|post)?install|(pre|post)?prepare|prepublish)"[[:space:]]*:',
  'target_name',
];

const OUTPUT_BYTES = 2 * 1024;

/** None when the work of an earlier attempt is only to be pushed. */
export function setupCommands({ task, workspace }: Pick<Job, 'task' | 'workspace'>): readonly string[] {
  return workspace?.kind === 'git' && task.push === undefined ? workspace.settings.setup : [];
}

/** Whether the outcome is known by the manifests, unless one of those has something that a pattern of `takingMore` matches. */
export function onlyInstall(commands: readonly string[]): boolean {
  return commands.every((command) => {
    // An option with a value of its own makes another command of it, which is the safe side.
    const named = wordsIn(command).filter((word) => !word.startsWith('-'));
    return INSTALLERS.has(named.join(' '));
  });
}

export function isManifest(path: string): boolean {
  const parts = path.split('/');
  return MANIFESTS.has(parts.at(-1) ?? '') || parts.includes('.yarn');
}

export function takingMore(commands: readonly string[]): readonly string[] {
  const isWithout = commands.every((command) => wordsIn(command).includes('--ignore-scripts'));
  return isWithout ? LOCAL_PACKAGES : [...LOCAL_PACKAGES, ...INSTALL_SCRIPTS];
}

/** Whose change changes the outcome: those of the commands, and what installed packages and scripts are run by. */
export function programsOf(commands: readonly string[]): readonly string[] {
  return [...new Set(['node', ...commands.flatMap((command) => wordsIn(command).slice(0, 1))])];
}

function wordsIn(command: string): readonly string[] {
  const read = wordsOf(command);
  return read.ok ? read.words : [];
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
