// `npm test`: sets up what is missing, runs every Vitest project, and ends with the line `N passed, N failed`.
// Arguments go to Vitest: npm test -- --project unit
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './lib/report.mjs';
import { totals } from './lib/totals.mjs';
import { root, setup } from './setup.mjs';

let result = { passed: 0, failed: 1 };
await runCommand(async () => {
  const { natsServer } = await setup();
  const folder = await mkdtemp(join(tmpdir(), 'agentcom-test-'));
  try {
    const resultPath = join(folder, 'result.json');
    const code = await runVitest(resultPath, { ...process.env, AGENTCOM_NATS_SERVER: natsServer });
    const report = await readFile(resultPath, 'utf8').then(JSON.parse, () => undefined);
    result = totals(report, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
console.log(`${result.passed} passed, ${result.failed} failed`);
process.exitCode = result.failed === 0 ? 0 : 1;

/**
 * @param {string} resultPath  where Vitest writes its JSON report
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number | null>} its exit code
 */
async function runVitest(resultPath, env) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultPath}`];
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to Vitest too: this process only waits, and passes on what reached it alone.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'close');
  return code;
}
