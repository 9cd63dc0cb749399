// The program for machines that join, as one file: what a hub serves at /join, with its checksum beside it.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const buildTimeoutMs = 60_000;
const nodeTarget = 'node20.19';

/** Packages in it that are not ES modules ask for Node's own by `require`. */
const banner = [
  '#!/usr/bin/env node',
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
].join('\n');

/** Optional, native, and done without. */
const without = ['bufferutil', 'utf-8-validate', 'pino-pretty/worker'];

/**
 * @param {string} root  of the repository
 * @returns {string}
 */
export function bundlePath(root) {
  return join(root, 'scripts', 'dist', 'bundle', 'agentcom.mjs');
}

/**
 * Builds it from the sources; leaves it untouched when nothing has changed.
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} options
 */
export async function buildBundle(root, { env, report }) {
  const path = bundlePath(root);
  const made = `${path}.${process.pid}.mjs`;
  await mkdir(join(path, '..'), { recursive: true });
  const args = [
    join(root, 'scripts', 'cli', 'machine.ts'),
    '--bundle',
    '--platform=node',
    '--format=esm',
    `--target=${nodeTarget}`,
    '--conditions=source',
    '--log-level=warning',
    '--legal-comments=inline',
    `--banner:js=${banner}`,
    ...without.map((name) => `--external:${name}`),
    `--outfile=${made}`,
  ];
  const esbuild = join(root, 'node_modules', 'esbuild', 'bin', 'esbuild');
  const building = run(process.execPath, [esbuild, ...args], { cwd: root, env, timeoutMs: buildTimeoutMs });
  try {
    const outcome = await report.during('building the program for machines that join', building);
    if (outcome.code !== 0) {
      throw new SetupError(
        `esbuild cannot build the program for machines; correct what it names and run this again:\n${faults(outcome.stderr)}`,
      );
    }
    await publish(made, path);
  } finally {
    await rm(made, { force: true });
  }
}

/** @param {string} stderr  of esbuild: its findings, then how its own start script took that */
function faults(stderr) {
  return stderr.split('\nnode:', 1)[0]?.trim();
}

/**
 * @param {string} made
 * @param {string} path
 */
async function publish(made, path) {
  const bytes = await readFile(made);
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(bytes) !== true) await rename(made, path);
  const sum = createHash('sha256').update(bytes).digest('hex');
  const sumFile = `${path}.sha256`;
  await writeFile(`${sumFile}.${process.pid}`, `${sum}  agentcom.mjs\n`);
  await rename(`${sumFile}.${process.pid}`, sumFile);
}
