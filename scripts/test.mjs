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
import { atEnd } from './lib/totals.mjs';
import { root, setupToTest } from './setup.mjs';

const TURBO = [join(root, 'node_modules', '.bin', 'turbo'), 'run', 'check:unit', '--force', '--log-prefix=none'];
const VITEST = [process.execPath, join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run'];
const BESIDE_UNIT = ['--project', 'simulation', '--project', 'integration'];

const args = process.argv.slice(2);
/** @type {import('./lib/totals.mjs').Totals[]} */
const results = [];
await runCommand(async () => {
  const { natsServer } = await setupToTest();
  const env = { ...process.env, AGENTCOM_NATS_SERVER: natsServer, TURBO_TELEMETRY_DISABLED: '1' };
  const folder = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  try {
    if (args.length === 0) {
      const fetched = fetchChromium(env);
      results.push(await run(TURBO, join(folder, 'unit.json'), env));
      await fetched;
      results.push(await run([...VITEST, ...BESIDE_UNIT], join(folder, 'beside-unit.json'), env));
    } else results.push(await run([...VITEST, ...args], join(folder, 'some.json'), env));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
// It has said why.
if (results.length === 0) results.push({ passed: 0, failures: ['the tests did not begin'] });
const failures = results.flatMap((result) => result.failures);
for (const line of failures) console.log(`FAILED ${line}`);
console.log(`${results.reduce((sum, { passed }) => sum + passed, 0)} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

/**
 * While unit tests run, so that no test of the dashboard has to wait for a download. Where there is none, those tests say why.
 * @param {NodeJS.ProcessEnv} env
 */
async function fetchChromium(env) {
  const report = createReport();
  await findOrFetchChromium({ env, report }).catch((error) => report.line(error.message));
}

/**
 * @param {readonly string[]} argv
 * @param {string} totalsFile
 * @param {NodeJS.ProcessEnv} env
 */
async function run([program = '', ...args], totalsFile, env) {
  const child = spawn(program, args, { cwd: root, env: { ...env, TEST_TOTALS_FILE: totalsFile }, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the child too: this process only waits, and passes on what reached it alone.
  const ignore = () => {};
  const pass = () => child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  try {
    const [code] = await once(child, 'close');
    const said = await readFile(totalsFile, 'utf8').then(JSON.parse, () => undefined);
    return atEnd(said, code);
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', pass);
  }
}
