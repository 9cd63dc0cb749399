// `npm test`: sets up what is missing, runs every Vitest project, and ends with the line `N passed, N failed`.
// Arguments go to Vitest: npm test -- --project unit
//
// Unit tests run as the task `check:unit`, so that an `npm run check` of the same files takes their result from turbo's cache.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrFetchChromium } from './lib/chromium.mjs';
import { createReport, runCommand } from './lib/report.mjs';
import { failures, totals } from './lib/totals.mjs';
import { root, setupToTest } from './setup.mjs';

const BESIDE_UNIT = ['--project', 'simulation', '--project', 'integration'];

const args = process.argv.slice(2);
const results = [];
await runCommand(async () => {
  const { natsServer } = await setupToTest();
  const env = { ...process.env, AGENTCOM_NATS_SERVER: natsServer, TURBO_TELEMETRY_DISABLED: '1' };
  const folder = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  try {
    if (args.length === 0) {
      const fetched = fetchChromium(env);
      results.push(await unitTests(env));
      await fetched;
      results.push(await tests(folder, env, BESIDE_UNIT));
    } else results.push(await tests(folder, env, args));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
// A command that broke off before its tests has failed.
if (results.length === 0) results.push({ passed: 0, failed: 1, failures: [] });
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
for (const line of results.flatMap((result) => result.failures)) console.log(`FAILED ${line}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * While unit tests run, so that no test of the dashboard has to wait for a download. Where there is none, those tests say why.
 * @param {NodeJS.ProcessEnv} env
 */
async function fetchChromium(env) {
  const report = createReport();
  await findOrFetchChromium({ env, report }).catch((error) => report.line(error.message));
}

/** @param {NodeJS.ProcessEnv} env */
async function unitTests(env) {
  // Where `check:unit` in package.json has it written.
  const report = join(root, '.turbo', 'unit-tests.json');
  await rm(report, { force: true });
  const turbo = join(root, 'node_modules', '.bin', 'turbo');
  const code = await run(turbo, ['run', 'check:unit', '--force', '--log-prefix=none'], env);
  return readResult(report, code);
}

/**
 * @param {string} folder  for Vitest's report
 * @param {NodeJS.ProcessEnv} env
 * @param {readonly string[]} args
 */
async function tests(folder, env, args) {
  const report = join(folder, 'result.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run(process.execPath, [vitest, 'run', ...reporters, ...args], env);
  return readResult(report, code);
}

/**
 * @param {string} path  of Vitest's report
 * @param {number | null} code
 */
async function readResult(path, code) {
  const report = await readFile(path, 'utf8').then(JSON.parse, () => undefined);
  return { ...totals(report, code), failures: failures(report, root) };
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number | null>} its exit code
 */
async function run(program, args, env) {
  const child = spawn(program, args, { cwd: root, env, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child too: this process only waits, and passes on what reached it alone.
  const ignore = () => {};
  const pass = () => child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  try {
    const [code] = await once(child, 'close');
    return code;
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', pass);
  }
}
