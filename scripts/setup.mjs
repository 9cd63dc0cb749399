// Sets up whatever is missing after a clone. Needs nothing but Node, so that it can run before anything is installed.
//   node scripts/setup.mjs               packages, build, nats-server
//   node scripts/setup.mjs --packages    packages only
//   node scripts/setup.mjs --bundle      the command, the dashboard, and the program for machines that join, from the sources; prints its path
//   node scripts/setup.mjs --nats-only   nats-server only; prints its path
//   node scripts/setup.mjs --prometheus  prometheus and promtool for the tests; prints their folder
//   node scripts/setup.mjs --redis       redis-server for the benchmark; prints its path
//   node scripts/setup.mjs --chromium    chromium for the tests of the dashboard; prints its path
//   node scripts/setup.mjs --github-api  GitHub's description of its API for the tests; prints its path
//   node scripts/setup.mjs --agent-tools the real agents for `npm run test:agents`; prints their paths and versions as JSON
import { realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBundle, buildCommand, bundlePath } from './lib/bundle.mjs';
import { findOrFetchChromium } from './lib/chromium.mjs';
import { buildDashboard } from './lib/dashboard.mjs';
import { withLock } from './lib/lock.mjs';
import { findOrFetchNatsServer } from './lib/nats-server.mjs';
import { findOrFetchNpmFile, githubDescription } from './lib/npm-file.mjs';
import { findOrFetchAgentTools } from './lib/npm-tools.mjs';
import { findOrFetchPrometheus } from './lib/prometheus.mjs';
import { findOrFetchRedis } from './lib/redis.mjs';
import { createReport, runCommand, SetupError } from './lib/report.mjs';
import { build, checkGit, checkNode, installPackages } from './lib/workspace.mjs';

/** The folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} SetupOptions
 * @property {NodeJS.ProcessEnv} [env]
 * @property {import('./lib/report.mjs').Report} [report]
 */

/** The one takes a processor of its own, the other mostly another program. */
const buildForPeople = /** @type {Step} */ (
  async (root, options) => void (await Promise.all([buildCommand(root, options), buildDashboard(root, options)]))
);
const toRun = [installPackages, buildForPeople];
const toTest = [...toRun, buildBundle];
const toDevelop = [installPackages, build, buildForPeople, buildBundle];

/**
 * Everything that work on the sources and benchmarks need. Throws a SetupError, one line with its remedy, when a precondition fails.
 * @param {SetupOptions} [options]
 * @returns {Promise<{ natsServer: string }>} path of the nats-server to use
 */
export function setup(options) {
  return prepareWithNats(toDevelop, options);
}

/**
 * Everything that tests need, which run from the sources or on the command: types are checked by `npm run build`.
 * @param {SetupOptions} [options]
 */
export function setupToTest(options) {
  return prepareWithNats(toTest, options);
}

/**
 * What a hub and its demonstration need, as fast as that can be had: types are checked by `npm run build`, and the program for machines
 * that join is built while the hub serves.
 * @param {SetupOptions} [options]
 * @returns {Promise<{ natsServer: string, stop: () => void }>} `stop` ends what is still being built
 */
export async function setupToRun({ env = process.env, report = createReport() } = {}) {
  const { natsServer } = await prepareWithNats(toRun, { env, report });
  const stopping = new AbortController();
  const behind = { env, report, priority: constants.priority.PRIORITY_LOW, signal: stopping.signal };
  buildBundle(root, behind).catch((error) => {
    if (!stopping.signal.aborted) report.line(error.message);
  });
  return { natsServer, stop: () => stopping.abort() };
}

/** @param {NodeJS.ProcessEnv} env */
async function checkMachine(env) {
  checkNode();
  await checkGit(env);
}

/** @typedef {(root: string, options: Required<SetupOptions>) => Promise<void>} Step */

/**
 * The download of nats-server mostly waits, and so does the installation of packages. When one fails, the other is still ended in order.
 * @param {readonly Step[]} steps
 * @param {SetupOptions} [options]
 */
async function prepareWithNats(steps, { env = process.env, report = createReport() } = {}) {
  await checkMachine(env);
  const [prepared, found] = await Promise.allSettled([
    prepare(steps, { env, report }),
    findOrFetchNatsServer({ env, report }),
  ]);
  if (prepared.status === 'rejected') throw prepared.reason;
  if (found.status === 'rejected') throw found.reason;
  return { natsServer: found.value.path };
}

/**
 * @param {readonly Step[]} steps
 * @param {Required<SetupOptions>} options
 */
async function prepare(steps, options) {
  const work = async () => {
    for (const step of steps) await step(root, options);
  };
  await withLock(join(root, '.setup.lock'), work, options);
}

/** @param {readonly string[]} args */
async function main(args) {
  const options = { env: process.env, report: createReport() };
  const [what, ...rest] = args;
  if (rest.length > 0) throw new SetupError(`give one option at a time, not ${args.join(' ')}`);
  switch (what) {
    case undefined:
      await setup(options);
      break;
    case '--packages':
      await checkMachine(options.env);
      await prepare([installPackages], options);
      break;
    case '--bundle':
      await checkMachine(options.env);
      await prepare([installPackages, buildForPeople, buildBundle], options);
      console.log(bundlePath(root));
      break;
    case '--nats-only':
      console.log((await findOrFetchNatsServer(options)).path);
      break;
    case '--prometheus':
      console.log(await findOrFetchPrometheus(options));
      break;
    case '--redis':
      console.log(await findOrFetchRedis(options));
      break;
    case '--chromium':
      console.log(await findOrFetchChromium(options));
      break;
    case '--agent-tools':
      console.log(JSON.stringify(await findOrFetchAgentTools(options)));
      break;
    case '--github-api':
      console.log(await findOrFetchNpmFile(githubDescription, options));
      break;
    default:
      throw new SetupError(
        `unknown option ${what}; use one of --packages, --bundle, --nats-only, --prometheus, --redis, --chromium, --github-api or --agent-tools`,
      );
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runCommand(() => main(process.argv.slice(2)));
}
