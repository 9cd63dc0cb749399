// What Vite makes of the dashboard's sources: the page, and what it loads by names with a hash, each with compressed copies beside it, so that
// a hub compresses nothing.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const buildTimeoutMs = 60_000;
const staleMs = 24 * 60 * 60 * 1_000;
/** Pictures are compressed already. */
const compressed = /\.(css|html|js|json|svg|webmanifest)$/;
/** Smaller than this, the headers outweigh what is saved. */
const compressedBytesMin = 256;

/** @typedef {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} Options */

/**
 * @param {string} root  of the repository
 * @returns {string} the folder that a hub serves
 */
export function dashboardPath(root) {
  return join(root, 'scripts', 'dist', 'dashboard');
}

/**
 * Builds the dashboard from the sources, unless it is the one of these sources. What a page loads that is open meanwhile stays there for a day.
 * @param {string} root
 * @param {Options} options
 */
export async function buildDashboard(root, { env, report }) {
  const place = dashboardPath(root);
  const sources = await digestOf(root);
  const mark = join(place, '.sources');
  if ((await readFile(mark, 'utf8').catch(() => '')) === sources) return;
  const made = `${place}.${process.pid}`;
  try {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    const args = [vite, 'build', '--outDir', made, '--emptyOutDir', '--logLevel', 'warn'];
    const options = { cwd: join(root, 'hub', 'dashboard'), env, timeoutMs: buildTimeoutMs };
    const outcome = await report.during('building the dashboard', run(process.execPath, args, options));
    if (outcome.code !== 0) {
      throw new SetupError(
        `building the dashboard failed; fix the errors below and run this again:\n${(outcome.stdout + outcome.stderr).trim()}`,
      );
    }
    await compressIn(made);
    await publishInto(made, place);
    await writeFile(mark, sources);
    await removeStale(join(place, 'assets'));
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/**
 * Of all that goes into it.
 * @param {string} root
 */
async function digestOf(root) {
  const hash = createHash('sha256');
  const folders = [join(root, 'hub', 'dashboard'), join(root, 'schemas', 'src'), join(root, 'ops', 'docs', 'runbooks')];
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const taken = paths.filter((path) => !/[/\\](dist|node_modules)[/\\]|\.test\.tsx?$|README\.md$/.test(path));
    for (const path of taken.sort())
      hash
        .update(path.slice(root.length))
        .update('\0')
        .update(await readFile(path));
  }
  return hash.update(await readFile(join(root, 'package-lock.json'))).digest('hex');
}

/** @param {string} folder */
async function compressIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && compressed.test(entry.name));
  await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      if (bytes.length < compressedBytesMin) return;
      const quality = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
      await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, quality));
      await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    }),
  );
}

/**
 * The page comes last: by then everything is there that it names.
 * @param {string} from
 * @param {string} to
 */
async function publishInto(from, to) {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1));
  const isPage = (/** @type {string} */ path) => Number(path.startsWith('index.html'));
  const now = new Date();
  for (const path of paths.sort((a, b) => isPage(a) - isPage(b) || b.length - a.length)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await rename(join(from, path), join(to, path));
    await utimes(join(to, path), now, now);
  }
}

/** @param {string} folder */
async function removeStale(folder) {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > staleMs) await rm(path, { force: true });
  }
}
