// Finds Prometheus with its promtool for the tests, or unpacks the platform's package into the user's cache.
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { arch, platform } from 'node:process';
import { hasApt, openApt } from './apt.mjs';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { SetupError } from './report.mjs';
import { findExecutable, programFolders, run } from './run.mjs';
import { formatVersion, parseVersion } from './versions.mjs';

const versionTimeoutMs = 20_000;
const remedy = 'Install prometheus and run this again.';

/**
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report, folders?: readonly string[] }} options
 * @returns {Promise<string>} the folder of `prometheus` and `promtool`, both of which run; throws a SetupError when there are none to be had
 */
export async function findOrFetchPrometheus({ env, report, folders = programFolders(env) }) {
  const installed = await findExecutable('prometheus', folders);
  if (installed && (await versionIn(dirname(installed)))) return dirname(installed);
  const cache = cacheFolder(env);
  const cached = await fromCache(cache);
  if (cached) return cached;
  if (!(await hasApt(env))) throw new SetupError(`no prometheus on PATH, and this platform has no apt. ${remedy}`);
  try {
    return await report.during("fetching prometheus from the platform's packages", fromPackage(env, cache));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(`no prometheus on PATH, and none in the platform's packages: ${error.message}. ${remedy}`);
  }
}

/** @param {string} folder */
async function versionIn(folder) {
  for (const program of ['promtool', 'prometheus']) {
    const outcome = await run(join(folder, program), ['--version'], { timeoutMs: versionTimeoutMs });
    if (outcome.code !== 0) return undefined;
    // Some versions print it to stderr.
    const version = parseVersion(outcome.stdout) ?? parseVersion(outcome.stderr);
    if (program === 'prometheus') return version;
  }
  return undefined;
}

/** @param {string} cache */
async function fromCache(cache) {
  const names = await readdir(cache).catch(() => []);
  for (const name of names.filter(
    (entry) => entry.startsWith('prometheus-') && entry.endsWith(`-${platform}-${arch}`),
  )) {
    const folder = join(cache, name, 'usr', 'bin');
    if (await versionIn(folder)) return folder;
  }
  return undefined;
}

/**
 * Its programs need nothing of the packages that it depends on, which are for its pages and its service.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 */
async function fromPackage(env, cache) {
  return withWorkFolder(cache, async (work) => {
    await mkdir(join(work, 'apt'));
    let apt = await openApt(join(work, 'apt'), { env, lists: 'machine' });
    if (!(await apt.candidate('prometheus'))) {
      await mkdir(join(work, 'updated'));
      apt = await openApt(join(work, 'updated'), { env, lists: 'private' });
      await apt.update();
    }
    const finished = join(work, 'finished');
    await mkdir(finished);
    await apt.extract(['prometheus'], finished);
    const version = await versionIn(join(finished, 'usr', 'bin'));
    if (!version) throw new SetupError('the unpacked prometheus does not run');
    const place = join(cache, `prometheus-${formatVersion(version)}-${platform}-${arch}`);
    await publish(finished, place, async (taken) => (await versionIn(join(taken, 'usr', 'bin'))) !== undefined);
    return join(place, 'usr', 'bin');
  });
}
