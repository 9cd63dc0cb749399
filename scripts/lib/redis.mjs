// Finds a redis-server for the benchmark's comparison, or unpacks the platform's package into the user's cache.
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arch, platform } from 'node:process';
import { hasApt, openApt } from './apt.mjs';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { SetupError } from './report.mjs';
import { findExecutable, lastLines, programFolders, run } from './run.mjs';
import { formatVersion, parseVersion } from './versions.mjs';

const versionTimeoutMs = 10_000;

/** Starts the unpacked server with the libraries that were unpacked beside it; `exec` keeps the process id. */
const launcher = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
libraries=$(find "$here/files/usr/lib" "$here/files/lib" -name '*.so*' -exec dirname {} ';' 2>/dev/null | sort -u | tr '\\n' ':')
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}"
exec "$here/files/usr/bin/redis-server" "$@"
`;

/**
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report, folders?: readonly string[] }} options
 * @returns {Promise<string>} path of a redis-server that runs; throws a SetupError when there is none to be had
 */
export async function findOrFetchRedis({ env, report, folders = programFolders(env) }) {
  const installed = await findExecutable('redis-server', folders);
  if (installed && (await redisVersion(installed))) return installed;
  const cache = cacheFolder(env);
  const cached = await fromCache(cache);
  if (cached) return cached;
  const remedy = 'Install redis-server and run this again.';
  if (!(await hasApt(env))) throw new SetupError(`no redis-server on PATH, and this platform has no apt. ${remedy}`);
  try {
    return await report.during("fetching redis-server from the platform's packages", fromPackage(env, cache));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(`no redis-server on PATH, and none in the platform's packages: ${error.message}. ${remedy}`);
  }
}

/** @param {string} path */
async function redisVersion(path) {
  const outcome = await run(path, ['--version'], { timeoutMs: versionTimeoutMs });
  return outcome.code === 0 ? parseVersion(outcome.stdout) : undefined;
}

/** @param {string} cache */
async function fromCache(cache) {
  const names = await readdir(cache).catch(() => []);
  for (const name of names.filter((entry) => entry.startsWith('redis-') && entry.endsWith(`-${platform}-${arch}`))) {
    const path = join(cache, name, 'redis-server');
    if (await redisVersion(path)) return path;
  }
  return undefined;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 */
async function fromPackage(env, cache) {
  return withWorkFolder(cache, async (work) => {
    const finished = join(work, 'finished');
    await mkdir(join(work, 'apt'));
    await mkdir(join(finished, 'files'), { recursive: true });
    let apt = await openApt(join(work, 'apt'), { env, lists: 'machine' });
    if (!(await apt.candidate('redis-server'))) {
      await mkdir(join(work, 'updated'));
      apt = await openApt(join(work, 'updated'), { env, lists: 'private' });
      await apt.update();
    }
    await apt.extract(await apt.missing('redis-server'), join(finished, 'files'));
    const path = join(finished, 'redis-server');
    await writeFile(path, launcher);
    await chmod(path, 0o755);
    const version = await redisVersion(path);
    if (!version) {
      const outcome = await run(path, ['--version'], { timeoutMs: versionTimeoutMs });
      throw new SetupError(`the unpacked redis-server does not run: ${lastLines(outcome.stderr || outcome.stdout)}`);
    }
    const place = join(cache, `redis-${formatVersion(version)}-${platform}-${arch}`);
    await publish(finished, place, async (taken) => (await redisVersion(join(taken, 'redis-server'))) !== undefined);
    return join(place, 'redis-server');
  });
}
