// Gives every test run a nats-server, also one that was started with `npx vitest` and not through `npm test`, and the shim as it is in the
// sources.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildShim } from './bundle.mjs';
import { findOrFetchNatsServer } from './nats-server.mjs';
import { createReport } from './report.mjs';

const root = join(import.meta.dirname, '..', '..');

export async function setup() {
  const options = { env: process.env, report: createReport() };
  const folder = await mkdtemp(join(tmpdir(), 'agentcom-shim-'));
  const shim = join(folder, 'shim.mjs');
  await writeFile(shim, await buildShim(root, options));
  process.env.TEST_SHIM_FILE = shim;
  process.env.AGENTCOM_NATS_SERVER ??= (await findOrFetchNatsServer(options)).path;
  return () => rm(folder, { recursive: true, force: true });
}
