// What esbuild makes of the sources: the command, hub and sidecar in it, with what it loads later in pieces of their own; the shim that a
// sidecar starts for each run of an agent; the program for machines that join, as one file.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SetupError } from './report.mjs';
import { run } from './run.mjs';

const buildTimeoutMs = 60_000;
const staleMs = 24 * 60 * 60 * 1_000;
const common = ['--platform=node', '--format=esm', '--target=node20.19', '--log-level=warning'];
const bundled = ['--bundle', '--conditions=source'];

/** Packages in it that are not ES modules ask for Node's own by `require`. */
const withRequire = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
];

/** Optional or native: taken from the installed packages where they are, and done without where not. */
const without = ['bufferutil', 'utf-8-validate', 'pino-pretty/worker', '@node-rs/argon2'];

/** What the SDK of MCP takes from its platform has a validator that nothing here uses, half as large as all the rest. */
const instead = ['@modelcontextprotocol/server/_shims=./scripts/cli/mcp-platform.ts'];

/** Programs that the command starts, by where they are built to. */
const programs = {
  'demo/agent': 'scripts/cli/demo/agent.ts',
  'workers/snapshot/snapshot-worker': 'hub/src/journal/snapshot/snapshot-worker.ts',
  'workers/backup/backup-worker': 'hub/src/journal/backup/backup-worker.ts',
  'workers/backup/verify-worker': 'hub/src/journal/backup/verify-worker.ts',
  'workers/backup/offsite/offsite-worker': 'hub/src/journal/backup/offsite/offsite-worker.ts',
  'workers/repair/drill-worker': 'hub/src/journal/repair/drill-worker.ts',
};
/** Seen from any piece; see `worker-process.ts`. */
const workers = '../workers';

/** What tests run in processes of their own, by where it is built to. */
const ofTests = {
  ...programs,
  'log-testing': 'schemas/src/log-testing.ts',
  managed: 'hub/src/nats/managed.ts',
  lock: 'schemas/src/host/lock.ts',
  'process-one': 'schemas/src/host/process-one.ts',
};

const inPieces = [
  ...['--splitting', '--chunk-names=chunks/[name]-[hash]'],
  `--banner:js=${withRequire.join('')}`,
  ...without.map((name) => `--external:${name}`),
];

/** @typedef {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report, priority?: number, signal?: AbortSignal }} Options */

/**
 * @param {string} root  of the repository
 * @returns {string} the program for machines that join: what a hub serves at /join, with its checksum beside it
 */
export function bundlePath(root) {
  return join(root, 'scripts', 'dist', 'bundle', 'agentcom.mjs');
}

/**
 * The program text of the shim, small enough to be started for every run.
 * @param {string} root
 * @param {Options} options
 */
export async function buildShim(root, options) {
  const made = join(root, 'scripts', 'dist', `.shim-${process.pid}.js`);
  try {
    const args = [join(root, 'sidecar', 'src', 'runners', 'shim-main.ts'), ...bundled, '--minify', `--outfile=${made}`];
    await esbuild(root, args, 'building the shim', options);
    return await readFile(made, 'utf8');
  } finally {
    await rm(made, { force: true });
  }
}

/**
 * The runbook of each rule of alerts, by its name.
 * @param {string} root
 * @returns {Promise<Record<string, string>>}
 */
export async function readRunbooks(root) {
  const folder = join(root, 'ops', 'docs', 'runbooks');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  const texts = names.map(async (name) => [name.slice(0, -3), await readFile(join(folder, name), 'utf8')]);
  return Object.fromEntries(await Promise.all(texts));
}

/**
 * The shim goes into whatever runs a sidecar, and the runbooks into whatever explains.
 * @param {string} root
 * @param {Options} options
 */
async function withTexts(root, options) {
  // A text is put where it is used; esbuild would put an object into a piece that every command loads.
  const texts = { SHIM: await buildShim(root, options), RUNBOOKS: JSON.stringify(await readRunbooks(root)) };
  return Object.entries(texts).map(([name, text]) => `--define:__AGENTCOM_${name}__=${JSON.stringify(text)}`);
}

/**
 * Builds the program for machines that join from the sources and the shim; leaves it untouched when nothing has changed.
 * @param {string} root
 * @param {Options} options
 */
export async function buildBundle(root, options) {
  const path = bundlePath(root);
  const made = `${path}.${process.pid}.mjs`;
  await mkdir(dirname(path), { recursive: true });
  await removeStale(dirname(path), /\.\d+\.mjs$/);
  const banner = ['#!/usr/bin/env node', ...withRequire].join('\n');
  const args = [
    join(root, 'scripts', 'cli', 'machine.ts'),
    ...bundled,
    '--minify',
    '--legal-comments=inline',
    `--banner:js=${banner}`,
    ...(await withTexts(root, options)),
    ...without.map((name) => `--external:${name}`),
    ...instead.map((pair) => `--alias:${pair}`),
    `--outfile=${made}`,
  ];
  try {
    await esbuild(root, args, 'building the bundle for machines that join', options);
    const bytes = await readFile(made);
    const before = await readFile(path).catch(() => undefined);
    if (before?.equals(bytes) !== true) await rename(made, path);
    const sum = createHash('sha256').update(bytes).digest('hex');
    const sumFile = `${path}.sha256`;
    await writeFile(`${sumFile}.${process.pid}`, `${sum}  agentcom.mjs\n`);
    await rename(`${sumFile}.${process.pid}`, sumFile);
  } finally {
    await rm(made, { force: true });
  }
}

/**
 * Builds the command from the sources. A command that runs meanwhile still finds the pieces it was
 * built with, and starts the workers of the new build.
 * @param {string} root
 * @param {Options} options
 */
export async function buildCommand(root, options) {
  const dist = join(root, 'scripts', 'dist');
  const made = join(dist, `.new-${process.pid}`);
  const args = [
    ...entries(root, { main: 'scripts/cli/main.ts', ...programs }),
    ...bundled,
    ...inPieces,
    '--minify-syntax',
    '--minify-whitespace',
    '--legal-comments=none',
    `--define:__AGENTCOM_WORKERS__=${JSON.stringify(workers)}`,
    ...(await withTexts(root, options)),
    ...instead.map((pair) => `--alias:${pair}`),
    `--outdir=${made}`,
  ];
  try {
    await esbuild(root, args, 'building the command', options);
    for (const folder of ['chunks', 'demo', 'workers']) await moveInto(join(made, folder), join(dist, folder));
    await rename(join(made, 'main.js'), join(dist, 'main.js'));
    await removeStale(join(dist, 'chunks'), /\.js$/);
    await removeStale(dist, /^\.(new|shim)-/);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/**
 * Builds what tests run in processes of their own, each of which would compile it from the sources otherwise.
 * @param {string} root
 * @param {string} folder
 * @param {Options} options
 */
export async function buildForTests(root, folder, options) {
  const args = [...entries(root, ofTests), ...bundled, ...inPieces, `--outdir=${folder}`];
  await esbuild(root, args, 'building what tests start', options);
}

/**
 * @param {string} root
 * @param {Readonly<Record<string, string>>} sources
 */
function entries(root, sources) {
  return Object.entries(sources).map(([name, source]) => `${name}=${join(root, source)}`);
}

/**
 * @param {string} from
 * @param {string} to
 */
async function moveInto(from, to) {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await moveInto(source, target);
    else await rename(source, target);
  }
}

/**
 * @param {string} root
 * @param {readonly string[]} args
 * @param {string} label
 * @param {Options} options
 */
async function esbuild(root, args, label, { env, report, priority = 0, signal }) {
  // The program itself: its start script would cost a start of Node, and leave the program behind when it is ended.
  const program = join(root, 'node_modules', '@esbuild', `${process.platform}-${process.arch}`, 'bin', 'esbuild');
  const building = run(program, [...args, ...common], {
    cwd: root,
    env,
    timeoutMs: buildTimeoutMs,
    priority,
    ...(signal && { signal }),
  });
  const outcome = await report.during(label, building);
  if (outcome.code === 0) return;
  throw new SetupError(`${label} failed; fix the errors below and run this again:\n${outcome.stderr.trim()}`);
}

/**
 * Each build touches the pieces it is made of; the others are of builds before it, or of one that was killed.
 * @param {string} folder
 * @param {RegExp} names
 */
async function removeStale(folder, names) {
  for (const name of (await readdir(folder)).filter((one) => names.test(one))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > staleMs) await rm(path, { recursive: true, force: true });
  }
}
