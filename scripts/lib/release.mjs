// The project's official release archive: downloaded with its published SHA256SUMS, unpacked only when the checksum fits.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from './report.mjs';
import { lastLines, run } from './run.mjs';

const version = '2.10.27';
const releases = 'https://github.com/nats-io/nats-server/releases/download';
const archiveBytesMax = 128 * 1024 * 1024;
const downloadTimeoutMs = 300_000;

/** @type {Record<string, string>} */
const systems = { linux: 'linux', darwin: 'darwin', freebsd: 'freebsd' };
/** @type {Record<string, string>} */
const processors = { x64: 'amd64', arm64: 'arm64', ia32: '386', ppc64: 'ppc64le', s390x: 's390x' };

/**
 * @param {string} platform  as `process.platform`
 * @param {string} arch  as `process.arch`
 * @returns {string | undefined} name of the archive without `.tar.gz`, which is also the folder in it; undefined when none is published
 */
export function archiveName(platform, arch) {
  const system = systems[platform];
  const processor = processors[arch];
  return system && processor ? `nats-server-v${version}-${system}-${processor}` : undefined;
}

/**
 * @param {string} sums  lines of `<sha256 in hex>  <file name>`
 * @param {string} file
 * @returns {string | undefined} the checksum, in lower case
 */
export function publishedChecksum(sums, file) {
  for (const line of sums.split('\n')) {
    const match = /^([0-9a-f]{64})\s+\*?(\S+)$/i.exec(line.trim());
    if (match?.[2] === file) return match[1]?.toLowerCase();
  }
  return undefined;
}

/**
 * Fetches the archive into `folder` and unpacks it there.
 * @param {string} folder
 * @param {{ name: string, base?: string }} options  `name`: from `archiveName`; `base`: URL below which the releases are
 * @returns {Promise<string>} path of the program
 */
export async function fetchRelease(folder, { name, base = releases }) {
  const file = `${name}.tar.gz`;
  const sums = (await download(`${base}/v${version}/SHA256SUMS`)).toString('utf8');
  const expected = publishedChecksum(sums, file);
  if (!expected) throw new SetupError(`SHA256SUMS of release ${version} does not list ${file}`);
  const archive = await download(`${base}/v${version}/${file}`);
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== expected) throw new SetupError(`${file} has the checksum ${actual}, but ${expected} is published`);
  await mkdir(folder, { recursive: true });
  const path = join(folder, file);
  await writeFile(path, archive);
  const unpacked = await run('tar', ['-xzf', path, '-C', folder]);
  if (unpacked.code !== 0) throw new SetupError(`tar could not unpack ${file}: ${lastLines(unpacked.stderr)}`);
  return join(folder, name, 'nats-server');
}

/** @param {string} url */
async function download(url) {
  let response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMs) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await bounded(response);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new SetupError(`${url} could not be fetched: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** @param {Response} response */
async function bounded(response) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > archiveBytesMax) throw new Error(`more than ${archiveBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
