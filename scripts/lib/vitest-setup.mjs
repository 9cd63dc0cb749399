// Gives every test run a nats-server, also one that was started with `npx vitest` and not through `npm test`.
import { findOrFetchNatsServer } from './nats-server.mjs';
import { createReport } from './report.mjs';

export async function setup() {
  if (process.env.AGENTCOM_NATS_SERVER) return;
  const { path } = await findOrFetchNatsServer({ env: process.env, report: createReport() });
  process.env.AGENTCOM_NATS_SERVER = path;
}
