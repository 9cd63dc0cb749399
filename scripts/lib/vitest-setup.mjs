// Gives every test run a nats-server, also one that was started with `npx vitest` and not through `npm test`, and the shim and the programs that
// tests start as they are in the sources.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildForTests, buildShim } from './bundle.mjs';
import { findOrFetchNatsServer } from './nats-server.mjs';
import { createReport } from './report.mjs';

const root = join(import.meta.dirname, '..', '..');

export async function setup() {
  const options = { env: process.env, report: createReport() };
  const folder = await mkdtemp(join(tmpdir(), 'agentcom-built-'));
  const [shim] = await Promise.all([buildShim(root, options), buildForTests(root, folder, options)]);
  process.env.TEST_SHIM_FILE = join(folder, 'shim.mjs');
  await writeFile(process.env.TEST_SHIM_FILE, shim);
  process.env.TEST_BUILT_DIR = folder;
  process.env.AGENTCOM_NATS_SERVER ??= (await findOrFetchNatsServer(options)).path;
  return () => rm(folder, { recursive: true, force: true });
}
