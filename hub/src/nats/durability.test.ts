import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFsync } from './durability.js';
import { startTestServer, type TestServer } from './testing.js';

let server: TestServer;

beforeEach(async () => {
  server = await startTestServer();
});

afterEach(async () => {
  await server.stop();
});

test('a server that does not show its settings counts as unknown', async () => {
  expect(await askAfter(() => undefined)).toBe('unknown');
});

test('a server that syncs every write, and shows it, counts as such', async () => {
  expect(await askAfter(showSettings)).toBe('always');
});

test('a server that syncs now and then, and shows it, counts as such', async () => {
  const rarely = (config: string) => showSettings(config).replace('sync_interval: always', 'sync_interval: "1m"');
  expect(await askAfter(rarely)).toBe('periodic');
});

test('without an interval in its configuration it syncs now and then', async () => {
  const silent = (config: string) => showSettings(config).replace('sync_interval: always', '');
  expect(await askAfter(silent)).toBe('periodic');
});

async function askAfter(edit: (config: string) => string | undefined) {
  const edited = edit(readFileSync(server.configFile, 'utf8'));
  if (edited !== undefined) {
    writeFileSync(server.configFile, edited);
    await server.restart();
  }
  const nc = await server.connect();
  try {
    return await readFsync(nc);
  } finally {
    await nc.close();
  }
}

/** The account of the tests gets to ask the system account. */
function showSettings(config: string): string {
  const service = '"$SYS.REQ.SERVER.PING.JSZ"';
  const accounts = `accounts {
  SYS { users: [{ user: system, password: system }], exports: [{ service: ${service}, response_type: stream }] }
  APP {
    jetstream: enabled
    users: [{ user: ${server.user}, password: "${server.password}" }]
    imports: [{ service: { account: SYS, subject: ${service} } }]
  }
}
system_account: SYS`;
  return config.replace(/^authorization \{.*?^\}$/ms, accounts);
}
