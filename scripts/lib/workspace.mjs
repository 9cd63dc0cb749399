// What the repository itself needs before anything runs: Node and git, its packages as locked, its build.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from './report.mjs';
import { lastLines, run } from './run.mjs';
import { compareVersions, formatVersion, parseVersion } from './versions.mjs';

const nodeVersionMin = /** @type {const} */ ([20, 19, 0]);
const gitVersionMin = /** @type {const} */ ([2, 30, 0]);
const installTimeoutMs = 600_000;
const buildTimeoutMs = 300_000;

/** @param {string} [running]  version of Node */
export function checkNode(running = process.versions.node) {
  const version = parseVersion(running);
  if (!version || compareVersions(version, nodeVersionMin) < 0) {
    throw new SetupError(
      `Node ${running} is too old: AgentCom needs ${formatVersion(nodeVersionMin)} or newer. Install one from https://nodejs.org.`,
    );
  }
}

/** @param {NodeJS.ProcessEnv} env */
export async function checkGit(env) {
  const outcome = await run('git', ['--version'], { env });
  const version = outcome.code === 0 ? parseVersion(outcome.stdout) : undefined;
  const remedy = `Install git ${formatVersion(gitVersionMin)} or newer (Debian, Ubuntu: apt install git; macOS: xcode-select --install).`;
  if (!version) throw new SetupError(`git does not run. ${remedy}`);
  if (compareVersions(version, gitVersionMin) < 0)
    throw new SetupError(`git ${formatVersion(version)} is too old. ${remedy}`);
}

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} Lock
 */

/**
 * npm records what it installed, when it has finished, in `node_modules/.package-lock.json`.
 * @param {Lock} wanted  content of package-lock.json
 * @param {Lock} installed
 * @returns {boolean} whether every package that is not optional is there in the locked version
 */
export function isInstalled(wanted, installed) {
  return Object.entries(wanted.packages ?? {}).every(
    ([path, entry]) =>
      !path.includes('node_modules/') ||
      entry.optional ||
      entry.devOptional ||
      (entry.link ? installed.packages?.[path] !== undefined : installed.packages?.[path]?.version === entry.version),
  );
}

/**
 * Runs `npm ci` unless the packages are there as locked.
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} options
 */
export async function installPackages(root, { env, report }) {
  const wanted = await readLock(join(root, 'package-lock.json'));
  const installed = await readLock(join(root, 'node_modules', '.package-lock.json'));
  if (wanted && installed && isInstalled(wanted, installed)) return;
  const install = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
    timeoutMs: installTimeoutMs,
  });
  const outcome = await report.during('installing packages (npm ci)', install);
  if (outcome.code !== 0) {
    throw new SetupError(
      `npm ci failed: ${npmReason(outcome.stderr)}. Check that npm is installed and can reach its registry, then run this again.`,
    );
  }
}

/** @param {string} stderr  of npm: the reason comes first, then advice */
export function npmReason(stderr) {
  const errors = [...stderr.matchAll(/^npm error (.*\S)/gm)].map((match) => match[1] ?? '');
  return errors.slice(0, 3).join(' | ') || lastLines(stderr);
}

/**
 * @param {string} path
 * @returns {Promise<Lock | undefined>}
 */
async function readLock(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Checks the types of everything, and compiles what has changed since the last build.
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} options
 */
export async function build(root, { env, report }) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const compiled = run(process.execPath, [compiler, '--build'], { cwd: root, env, timeoutMs: buildTimeoutMs });
  const outcome = await report.during('building (tsc --build)', compiled);
  if (outcome.code !== 0) {
    const output = (outcome.stdout + outcome.stderr).trim();
    throw new SetupError(`the build failed; fix the errors below and run this again:\n${output}`);
  }
}
