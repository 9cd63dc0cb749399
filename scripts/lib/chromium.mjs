// Finds a Chromium for the tests of the dashboard, or unpacks the platform's package, with the libraries that are missing, into the user's cache.
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { arch, platform } from 'node:process';
import { hasApt, openApt } from './apt.mjs';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { withLock } from './lock.mjs';
import { SetupError } from './report.mjs';
import { findExecutable, lastLines, programFolders, run } from './run.mjs';
import { formatVersion, parseVersion } from './versions.mjs';

const versionTimeoutMs = 20_000;
const names = ['chromium', 'chromium-browser', 'google-chrome-stable'];
const remedy = 'Install chromium (as root: apt-get install -y --no-install-recommends chromium) and run this again.';
const drawTimeoutMs = 60_000;

/** Has a title that says whether a letter has a height, which it has only with a font. */
const letterPage =
  'data:text/html,<p id="p">x</p><script>document.title = p.offsetHeight > 0 ? "drawn" : "blank"</script>';

/** Starts the unpacked browser with the libraries and fonts that were unpacked beside it; `exec` keeps the process id. */
const launcher = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
libraries=$(find "$here/files/usr/lib" "$here/files/lib" -name '*.so*' -exec dirname {} + 2>/dev/null | sort -u | tr '\\n' ':')
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}"
if [ ! -e /etc/fonts/fonts.conf ]; then export FONTCONFIG_FILE="$here/fonts.conf"; fi
exec "$here/files/usr/lib/chromium/chromium" "$@"
`;

/** For a machine without fonts. The packages' own has links to places that are not unpacked. */
const fontsConfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">files/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
${['45-latin', '49-sansserif', '60-latin']
  .map((name) => `  <include ignore_missing="yes">files/usr/share/fontconfig/conf.avail/${name}.conf</include>`)
  .join('\n')}
</fontconfig>
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
    return await report.during("fetching chromium from the platform's packages", fromPackage(env, cache, report));
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
 * One fetches, and those that come meanwhile wait for it.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 * @param {import('./report.mjs').Report} report
 */
function fromPackage(env, cache, report) {
  return withWorkFolder(cache, (work) =>
    withLock(join(cache, '.chromium.lock'), async () => (await fromCache(cache)) ?? unpack(env, cache, work), {
      report,
    }),
  );
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cache
 * @param {string} work
 */
async function unpack(env, cache, work) {
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
  await writeFile(join(finished, 'fonts.conf'), fontsConfig);
  await writeFile(path, launcher);
  await chmod(path, 0o755);
  const version = await chromiumVersion(path);
  if (!version) {
    const outcome = await run(path, ['--version'], { timeoutMs: versionTimeoutMs });
    throw new SetupError(`the unpacked chromium does not run: ${lastLines(outcome.stderr)}`);
  }
  await checkDrawing(path, work);
  const place = join(cache, `chromium-${formatVersion(version)}-${platform}-${arch}`);
  await publish(finished, place, async (taken) => (await chromiumVersion(join(taken, 'chromium'))) !== undefined);
  return join(place, 'chromium');
}

/**
 * It tells its version also where it cannot show a page, or shows one without a letter on it.
 * @param {string} path
 * @param {string} work
 */
async function checkDrawing(path, work) {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const args = [...flags, `--user-data-dir=${join(work, 'profile')}`, '--dump-dom', letterPage];
  const outcome = await run(path, args, { timeoutMs: drawTimeoutMs });
  if (outcome.stdout.includes('<title>drawn</title>')) return;
  throw new SetupError(`the unpacked chromium draws no text: ${lastLines(outcome.stderr)}`);
}
