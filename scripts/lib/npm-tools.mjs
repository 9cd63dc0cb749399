// The agents' real programs from the npm registry, each version in a folder of its own in the user's cache: for the tests that drive
// them, and never for anybody else.
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { SetupError } from './report.mjs';
import { lastLines, run } from './run.mjs';

const installTimeoutMs = 900_000;
const versionTimeoutMs = 60_000;

/**
 * @typedef {object} NpmTool
 * @property {string} name  of the package
 * @property {string} version
 * @property {string} program  as its package names it
 */

/** The versions that the table of `ops/docs/agents.md` is about. The older Claude Code counts the cost of a resumed session otherwise. */
const agentTools = /** @type {const} */ ({
  claude: { name: '@anthropic-ai/claude-code', version: '2.1.329', program: 'claude' },
  'claude-older': { name: '@anthropic-ai/claude-code', version: '2.1.197', program: 'claude' },
  codex: { name: '@openai/codex', version: '0.169.0', program: 'codex' },
  opencode: { name: 'opencode-ai', version: '1.18.33', program: 'opencode' },
  gemini: { name: '@google/gemini-cli', version: '0.61.0', program: 'gemini' },
});

/**
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} options
 * @returns {Promise<Record<string, { path: string, program: string, version: string }>>} all of them, by a name of their own
 */
export async function findOrFetchAgentTools(options) {
  /** @type {Record<string, { path: string, program: string, version: string }>} */
  const found = {};
  for (const [name, tool] of Object.entries(agentTools)) {
    const { program, version } = tool;
    found[name] = { path: await findOrFetchTool(tool, options), program, version };
  }
  return found;
}

/**
 * @param {NpmTool} tool
 * @param {{ env: NodeJS.ProcessEnv, report: import('./report.mjs').Report }} options
 * @returns {Promise<string>} path of the program; throws a SetupError when it cannot be had
 */
export async function findOrFetchTool(tool, { env, report }) {
  const cache = cacheFolder(env);
  const place = join(cache, `tool-${tool.name.replace(/[^a-z0-9]+/gi, '-').replace(/^-/, '')}-${tool.version}`);
  if (!(await works(place, tool))) {
    await report.during(`installing ${tool.name}@${tool.version}`, install(tool, { env, cache, place }));
  }
  return programIn(place, tool);
}

/**
 * @param {NpmTool} tool
 * @param {{ env: NodeJS.ProcessEnv, cache: string, place: string }} options
 */
async function install(tool, { env, cache, place }) {
  const wanted = `${tool.name}@${tool.version}`;
  await withWorkFolder(cache, async (work) => {
    const folder = join(work, 'tool');
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    // Scripts of dependencies do not run. Native programs name a newer Node than they need, hence --force.
    const args = ['install', '--prefix', folder, '--ignore-scripts', '--force', '--no-audit', '--no-fund', wanted];
    const installed = await run('npm', args, { cwd: folder, env, timeoutMs: installTimeoutMs });
    if (installed.code !== 0) throw new SetupError(`npm install ${wanted} failed: ${lastLines(installed.stderr)}`);
    await finish(join(folder, 'node_modules', tool.name), wanted);
    if (!(await works(folder, tool))) throw new SetupError(`${wanted} was installed but does not start`);
    await publish(folder, place, () => works(place, tool));
  });
}

/**
 * The package's own last step, which puts the program for this platform in its place.
 * @param {string} folder
 * @param {string} wanted
 */
async function finish(folder, wanted) {
  const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const script = /^node (\S+)$/.exec(scripts?.postinstall ?? '')?.[1];
  if (script === undefined) return;
  const finished = await run(execPath, [join(folder, script)], { cwd: folder, timeoutMs: installTimeoutMs });
  if (finished.code !== 0) throw new SetupError(`${wanted} cannot be set up: ${lastLines(finished.stderr)}`);
}

/**
 * @param {string} place
 * @param {NpmTool} tool
 */
async function works(place, tool) {
  const program = programIn(place, tool);
  const isThere = await access(program).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  const { code, stdout } = await run(program, ['--version'], {
    env: { PATH: process.env.PATH, HOME: dirname(place) },
    timeoutMs: versionTimeoutMs,
  });
  return code === 0 && stdout.includes(tool.version);
}

/**
 * @param {string} place
 * @param {NpmTool} tool
 */
function programIn(place, { program }) {
  return join(place, 'node_modules', '.bin', program);
}
