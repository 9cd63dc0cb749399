// Finds a Chromium for the tests of the dashboard, or unpacks the platform's package, with the libraries that are missing, into the user's cache.
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arch, platform } from 'node:process';
import { hasApt, openApt } from './apt.mjs';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { SetupError } from './report.mjs';
import { findExecutable, lastLines, programFolders, run } from './run.mjs';
import { formatVersion, parseVersion } from './versions.mjs';

const versionTimeoutMs = 20_000;
const names = ['chromium', 'chromium-browser', 'google-chrome-stable'];
const remedy = 'Install chromium and run this again.';

/** Starts the unpacked browser with the libraries and fonts that were unpacked beside it; `exec` keeps the process id. */
const launcher = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
libraries=$(find "$here/files/usr/lib" "$here/files/lib" -name '*.so*' -exec dirname {} ';' 2>/dev/null | sort -u | tr '\\n' ':')
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}"
if [ ! -e /etc/fonts/fonts.conf ]; then export FONTCONFIG_SYSROOT="$here/files"; fi
exec "$here/files/usr/lib/chromium/chromium" "$@"
`;

/**
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report, folders?: readonly string[] }} options
 * @returns {Promise<string>} path of a Chromium that runs; throws a SetupError when there is none to be had
 */
export async function findOrFetchChromium({ env, report, folders = programFolders(env) }) {
  for (const name of names) {
    const installed = await findExecutable(name, folders);
    if (installed && (await chromiumVersion(installed))) return installed;
  }
  const cache = cacheFolder(env);
  const cached = await fromCache(cache);
  if (cached) return cached;
  if (!(await hasApt(env))) throw new SetupError(`no chromium on PATH, and this platform has no apt. ${remedy}`);
  try {
    return await report.during("fetching chromium from the platform's packages", fromPackage(env, cache));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    throw new SetupError(`no chromium on PATH, and none in the platform's packages: ${error.message}. ${remedy}`);
  }
}

/** @param {string} path */
async function chromiumVersion(path) {
  const outcome = await run(path, ['--version'], { timeoutMs: versionTimeoutMs });
  return outcome.code === 0 ? parseVersion(outcome.stdout) : undefined;
}

/** @param {string} cache */
async function fromCache(cache) {
  const entries = await readdir(cache).catch(() => []);
  for (const name of entries.filter((one) => one.startsWith('chromium-') && one.endsWith(`-${platform}-${arch}`))) {
    const path = join(cache, name, 'chromium');
    if (await chromiumVersion(path)) return path;
  }
  return undefined;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 */
async function fromPackage(env, cache) {
  return withWorkFolder(cache, async (work) => {
    await mkdir(join(work, 'apt'));
    let apt = await openApt(join(work, 'apt'), { env, lists: 'machine' });
    if (!(await apt.candidate('chromium'))) {
      await mkdir(join(work, 'updated'));
      apt = await openApt(join(work, 'updated'), { env, lists: 'private' });
      await apt.update();
    }
    const finished = join(work, 'finished');
    await mkdir(join(finished, 'files'), { recursive: true });
    await apt.extract(await apt.missing('chromium'), join(finished, 'files'));
    const path = join(finished, 'chromium');
    await writeFile(path, launcher);
    await chmod(path, 0o755);
    const version = await chromiumVersion(path);
    if (!version) {
      const outcome = await run(path, ['--version'], { timeoutMs: versionTimeoutMs });
      throw new SetupError(`the unpacked chromium does not run: ${lastLines(outcome.stderr)}`);
    }
    const place = join(cache, `chromium-${formatVersion(version)}-${platform}-${arch}`);
    await publish(finished, place, async (taken) => (await chromiumVersion(join(taken, 'chromium'))) !== undefined);
    return join(place, 'chromium');
  });
}
