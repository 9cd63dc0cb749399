// Finds a nats-server that is new enough, or fetches one into the user's cache: the order of choice, and what each source needs.
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { arch, platform } from 'node:process';
import { debianMirror, hasApt, openApt } from './apt.mjs';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { archiveName, fetchRelease } from './release.mjs';
import { SetupError } from './report.mjs';
import { findExecutable, lastLines, programFolders, run } from './run.mjs';
import { compareVersions, formatVersion, parseVersion } from './versions.mjs';

/** The first version with `sync_interval`, without which an acknowledged write can be lost. */
export const natsVersionMin = /** @type {const} */ ([2, 10, 0]);

const versionTimeoutMs = 10_000;
const debianSuites = ['stable', 'testing', 'unstable'];

/**
 * @typedef {object} Found
 * @property {string} path
 * @property {string} version
 * @property {string} source  for people: where it came from
 *
 * @typedef {{ skipped: string }} Skipped
 *
 * @typedef {object} Source
 * @property {string} name
 * @property {() => Promise<Found | Skipped>} take  may throw a SetupError: this source cannot give one
 * @property {true} [demanded]  the user asked for this one: when it throws, nothing else is tried
 */

/**
 * Tries the sources in order and takes the first that gives a server.
 * @param {readonly Source[]} sources
 * @param {import('./report.mjs').Report} report
 * @returns {Promise<Found>}
 */
export async function takeFirst(sources, report) {
  const reasons = [];
  for (const source of sources) {
    try {
      const result = await source.take();
      if ('path' in result) {
        report.line(`nats-server ${result.version} from ${result.source}: ${result.path}`);
        return result;
      }
      reasons.push(`${source.name}: ${result.skipped}`);
    } catch (error) {
      if (source.demanded || !(error instanceof SetupError)) throw error;
      reasons.push(`${source.name}: ${error.message}`);
      report.line(`no nats-server from ${source.name}: ${error.message}`);
    }
  }
  throw new SetupError(
    `no nats-server ${formatVersion(natsVersionMin)} or newer (${reasons.join('; ')}). Install one, or set AGENTCOM_NATS_SERVER to its path.`,
  );
}

/**
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} options
 * @returns {Promise<Found>}
 */
export async function findOrFetchNatsServer({ env, report }) {
  return takeFirst(natsSources(env, report), report);
}

/**
 * The order of choice.
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./report.mjs').Report} report
 * @returns {readonly Source[]}
 */
export function natsSources(env, report) {
  const cache = cacheFolder(env);
  return [
    { name: 'AGENTCOM_NATS_SERVER', demanded: true, take: () => fromEnvironment(env) },
    { name: 'PATH', take: () => fromFolders(programFolders(env)) },
    { name: 'the cache', take: () => fromCache(cache) },
    {
      name: "the platform's package",
      take: () => report.during("fetching nats-server from the platform's packages", fromPlatform(env, cache)),
    },
    ...debianSuites.map((suite) => ({
      name: `Debian ${suite}`,
      take: () => report.during(`fetching nats-server from Debian ${suite}`, fromDebian(suite, env, cache)),
    })),
    {
      name: 'the official release',
      take: () => report.during('fetching the official release of nats-server', fromRelease(cache)),
    },
  ];
}

/**
 * @param {string} path
 * @returns {Promise<import('./versions.mjs').Version | undefined>} undefined when it does not run
 */
export async function natsVersion(path) {
  const outcome = await run(path, ['--version'], { timeoutMs: versionTimeoutMs });
  return outcome.code === 0 ? parseVersion(outcome.stdout) : undefined;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Found | Skipped>}
 */
export async function fromEnvironment(env) {
  const path = env.AGENTCOM_NATS_SERVER;
  if (!path) return { skipped: 'not set' };
  const version = await natsVersion(path);
  const remedy = `Point it to a nats-server ${formatVersion(natsVersionMin)} or newer, or unset it.`;
  if (!version) throw new SetupError(`AGENTCOM_NATS_SERVER=${path} does not run. ${remedy}`);
  if (!isNewEnough(version))
    throw new SetupError(`AGENTCOM_NATS_SERVER=${path} is ${formatVersion(version)}. ${remedy}`);
  return { path, version: formatVersion(version), source: 'AGENTCOM_NATS_SERVER' };
}

/**
 * @param {readonly string[]} folders
 * @returns {Promise<Found | Skipped>}
 */
export async function fromFolders(folders) {
  const path = await findExecutable('nats-server', folders);
  if (!path) return { skipped: 'not found' };
  const version = await natsVersion(path);
  if (!version) return { skipped: `${path} does not run` };
  if (!isNewEnough(version)) return { skipped: `${path} is ${formatVersion(version)}` };
  return { path, version: formatVersion(version), source: 'PATH' };
}

/**
 * @param {string} cache
 * @returns {Promise<Found | Skipped>} the newest that runs
 */
export async function fromCache(cache) {
  const names = await readdir(cache).catch(() => []);
  const entries = names.filter((name) => name.startsWith('nats-server-') && name.endsWith(`-${platform}-${arch}`));
  let best;
  for (const entry of entries) {
    const path = join(cache, entry, 'nats-server');
    const version = await natsVersion(path);
    if (version && isNewEnough(version) && (!best || compareVersions(version, best.version) > 0))
      best = { path, version };
  }
  return best
    ? { path: best.path, version: formatVersion(best.version), source: 'the cache' }
    : { skipped: 'not found' };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 * @returns {Promise<Found | Skipped>}
 */
async function fromPlatform(env, cache) {
  if (!(await hasApt(env))) return { skipped: 'this platform has no apt' };
  return withWorkFolder(cache, async (work) => {
    let apt = await openApt(await folderIn(work, 'machine'), { env, lists: 'machine' });
    let candidate = await apt.candidate('nats-server');
    if (!candidate) {
      apt = await openApt(await folderIn(work, 'updated'), { env, lists: 'private' });
      await apt.update();
      candidate = await apt.candidate('nats-server');
    }
    return takePackage(apt, { candidate, work, cache, source: "the platform's package" });
  });
}

/**
 * @param {string} suite
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 * @returns {Promise<Found | Skipped>}
 */
async function fromDebian(suite, env, cache) {
  if (!(await hasApt(env))) return { skipped: 'this platform has no apt' };
  const debian = await debianMirror(env);
  if ('reason' in debian) return { skipped: debian.reason };
  return withWorkFolder(cache, async (work) => {
    const sources = `deb [signed-by=${debian.keyring}] ${debian.mirror} ${suite} main\n`;
    const apt = await openApt(await folderIn(work, 'apt'), { env, lists: 'private', sources });
    await apt.update();
    const candidate = await apt.candidate('nats-server');
    return takePackage(apt, { candidate, work, cache, source: `Debian ${suite}` });
  });
}

/**
 * @param {import('./apt.mjs').Apt} apt
 * @param {{ candidate: string | undefined, work: string, cache: string, source: string }} options
 * @returns {Promise<Found | Skipped>}
 */
async function takePackage(apt, { candidate, work, cache, source }) {
  const version = candidate && parseVersion(candidate);
  if (!version) return { skipped: 'no package nats-server' };
  if (!isNewEnough(version)) return { skipped: `its nats-server is ${formatVersion(version)}` };
  const files = await folderIn(work, 'files');
  await apt.extract(['nats-server'], files);
  const program = await findExecutable('nats-server', [join(files, 'usr/sbin'), join(files, 'usr/bin')]);
  if (!program) throw new SetupError('the package contains no nats-server');
  return keep(program, { work, cache, source });
}

/**
 * @param {string} cache
 * @returns {Promise<Found | Skipped>}
 */
async function fromRelease(cache) {
  const name = archiveName(platform, arch);
  if (!name) return { skipped: `none is published for ${platform} ${arch}` };
  return withWorkFolder(cache, async (work) => {
    const program = await fetchRelease(join(work, 'release'), { name });
    return keep(program, { work, cache, source: 'the official release' });
  });
}

/**
 * Checks that the program runs here, and moves it into the cache.
 * @param {string} program
 * @param {{ work: string, cache: string, source: string }} options
 * @returns {Promise<Found>}
 */
export async function keep(program, { work, cache, source }) {
  const finished = await folderIn(work, 'finished');
  const path = join(finished, 'nats-server');
  await copyFile(program, path);
  await chmod(path, 0o755);
  const version = await natsVersion(path);
  if (!version || !isNewEnough(version)) {
    const outcome = await run(path, ['--version'], { timeoutMs: versionTimeoutMs });
    throw new SetupError(`the fetched nats-server does not run here: ${lastLines(outcome.stderr || outcome.stdout)}`);
  }
  const place = join(cache, `nats-server-${formatVersion(version)}-${platform}-${arch}`);
  await publish(finished, place, async (taken) => (await natsVersion(join(taken, 'nats-server'))) !== undefined);
  return { path: join(place, 'nats-server'), version: formatVersion(version), source };
}

/** @param {import('./versions.mjs').Version} version */
function isNewEnough(version) {
  return compareVersions(version, natsVersionMin) >= 0;
}

/**
 * @param {string} folder
 * @param {string} name
 */
async function folderIn(folder, name) {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}
