// The user's cache folder: entries appear whole (built beside their place, then renamed) and several processes may fill it at once.
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const abandonedMs = 60 * 60 * 1_000;
const workPrefix = '.new-';

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} `$AGENTCOM_CACHE_DIR`, else `$XDG_CACHE_HOME`, else `~/.cache`, and `agentcom` below it
 */
export function cacheFolder(env) {
  const base = env.AGENTCOM_CACHE_DIR || env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return join(base, 'agentcom');
}

/**
 * Calls `work` with a private folder inside the cache, and removes it afterwards, also those a killed process left behind.
 * @template T
 * @param {string} cache
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withWorkFolder(cache, work) {
  await makeFolder(cache);
  await removeAbandoned(cache);
  const folder = await mkdtemp(join(cache, workPrefix));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * With what is missing above it. Node's own `recursive` never ends below /proc, where making a folder fails with ENOENT.
 * @param {string} folder
 * @returns {Promise<void>}
 */
async function makeFolder(folder) {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (!(await isFolder(parent))) await makeFolder(parent);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!(await isFolder(folder))) throw error;
  }
}

/**
 * @param {string} path
 * @returns {Promise<boolean>}
 */
function isFolder(path) {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * Moves a finished folder to its place. When another process was faster, its entry is kept if it is good, else replaced.
 * @param {string} finished inside the same cache
 * @param {string} place
 * @param {(place: string) => Promise<boolean>} isGood
 */
export async function publish(finished, place, isGood) {
  try {
    await rename(finished, place);
  } catch (error) {
    if (!isTaken(error)) throw error;
    if (await isGood(place)) return;
    await rename(place, `${finished}.replaced`);
    await rename(finished, place);
  }
}

/** @param {unknown} error */
function isTaken(error) {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}

/** @param {string} cache */
async function removeAbandoned(cache) {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(workPrefix)) continue;
    const path = join(cache, name);
    const modifiedAt = await stat(path).then(
      (found) => found.mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - modifiedAt > abandonedMs) await rm(path, { recursive: true, force: true });
  }
}
