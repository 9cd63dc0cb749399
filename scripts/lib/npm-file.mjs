// One file of a package of the npm registry, in the user's cache: for tests that need a published description and nothing else of
// a package that is far too large to be installed for everybody.
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { SetupError } from './report.mjs';
import { lastLines, run } from './run.mjs';

const packTimeoutMs = 300_000;

/**
 * @typedef {object} NpmFile
 * @property {string} name  of the package
 * @property {string} version
 * @property {string} integrity  of its archive, as the registry and package-lock.json say it: `sha512-…`
 * @property {string} file  inside the package
 */

/** GitHub's OpenAPI description of its REST API (MIT licence). */
export const githubDescription = /** @type {const} */ ({
  name: '@octokit/openapi',
  version: '23.0.2',
  integrity: 'sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==',
  file: 'generated/api.github.com.json',
});

/**
 * @param {NpmFile} wanted
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} options
 * @returns {Promise<string>} path of the file; throws a SetupError when it cannot be had
 */
export async function findOrFetchNpmFile(wanted, { env, report }) {
  const cache = cacheFolder(env);
  const place = join(cache, `npm-${wanted.name.replace(/[^a-z0-9]+/gi, '-').replace(/^-/, '')}-${wanted.version}`);
  const path = join(place, basename(wanted.file));
  if (await exists(path)) return path;
  await report.during(
    `fetching ${basename(wanted.file)} of ${wanted.name}`,
    fetchFile(wanted, { env, cache, place, path }),
  );
  return path;
}

/**
 * @param {NpmFile} wanted
 * @param {{ env: NodeJS.ProcessEnv, cache: string, place: string, path: string }} options
 */
async function fetchFile({ name, version, integrity, file }, { env, cache, place, path }) {
  await withWorkFolder(cache, async (work) => {
    const packed = await run('npm', ['pack', '--silent', `${name}@${version}`], {
      cwd: work,
      env,
      timeoutMs: packTimeoutMs,
    });
    if (packed.code !== 0) throw new SetupError(`npm pack ${name}@${version} failed: ${lastLines(packed.stderr)}`);
    const archive = join(work, packed.stdout.trim().split('\n').at(-1) ?? '');
    const digest = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (`sha512-${digest}` !== integrity) throw new SetupError(`${name}@${version} is not the expected archive`);
    const unpacked = await run('tar', ['-xzf', archive, `package/${file}`], { cwd: work, timeoutMs: packTimeoutMs });
    if (unpacked.code !== 0)
      throw new SetupError(`tar cannot unpack ${name}@${version}: ${lastLines(unpacked.stderr)}`);
    const finished = join(work, 'finished');
    await mkdir(finished);
    await rename(join(work, 'package', file), join(finished, basename(file)));
    await publish(finished, place, () => exists(path));
  });
}

/** @param {string} path */
function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
