// Who watches the watcher: pages while nothing can be stored or nobody leads, and a watch from outside on a hub that is killed.

import { startTestServer, type TestServer } from '@agentcom/hub/nats/testing';
import { expect, onTestFinished, test } from 'vitest';
import { CLI } from '../support/cli.js';
import { type Hub, readyHub, spawnHub, startHub } from '../support/hub.js';
import type { Sandbox } from '../support/sandbox.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';
import { startWebHook, type WebHook } from '../support/web-hook.js';

const RULES = {
  JournalUnwritable: { unacknowledgedSeconds: 1, keepFiringForSeconds: 0 },
  NoLeader: { seconds: 5 },
};

test('a hub whose nats-server is killed and does not come back pages from memory, and again when it is back', {
  timeout: 120_000,
}, async () => {
  const { sandbox, nats, hook } = await scene();
  const hub = await startHub(sandbox, on(nats, sandbox, 'hub'));
  await paging(hub, hook);
  await nats.kill9();
  await eventually('the page', 60_000, () => said(hook)[0]);
  expect(said(hook)).toEqual(['JournalUnwritable open']);
  await nats.restart();
  await eventually('its end', 60_000, () => said(hook)[1]);
  expect(said(hook)).toEqual(['JournalUnwritable open', 'JournalUnwritable closed']);
  expect((await hub.stop()).code).toBe(0);
});

test('a hub that follows pages when the leader stands still and it cannot lead itself', {
  timeout: 120_000,
}, async () => {
  const { sandbox, nats, hook } = await scene();
  const first = await startHub(sandbox, on(nats, sandbox, 'first'));
  const second = await readyHub(spawnHub(sandbox, on(nats, sandbox, 'second')));
  await paging(first, hook);
  first.child.signal('SIGSTOP');
  await nats.kill9();
  await eventually('the page', 60_000, () => said(hook)[0]);
  expect(said(hook)).toEqual(['NoLeader open']);
  await Promise.all([first.kill9(), second.kill9()]);
});

test('a watch tells once that a hub is killed, and once that it is back', { timeout: 120_000 }, async () => {
  const sandbox = testSandbox();
  const hook = await webHook();
  const hub = await startHub(sandbox);
  const words = ['watch', hub.url, '--webhook', hook.url, '--every', '1s', '--after', '2s', '--json'];
  const watch = sandbox.run(process.execPath, [CLI, ...words]);
  await watch.event('hub.up', 30_000);
  await hub.kill9();
  await eventually('that it is down', 60_000, () => said(hook)[0]);
  const again = await startHub(sandbox, { port: hub.port });
  await eventually('that it is back', 60_000, () => said(hook)[1]);
  expect(said(hook)).toEqual(['HubDown open', 'HubDown closed']);
  expect((await watch.stop()).code).toBe(0);
  expect((await again.stop()).code).toBe(0);
});

async function scene(): Promise<{ sandbox: Sandbox; nats: TestServer; hook: WebHook }> {
  const sandbox = testSandbox();
  const nats = await startTestServer();
  onTestFinished(() => nats.stop());
  return { sandbox, nats, hook: await webHook() };
}

async function webHook(): Promise<WebHook> {
  const hook = await startWebHook();
  onTestFinished(() => hook.stop());
  return hook;
}

/** Hubs that share a journal, and the key that opens the settings of its channels. */
function on(nats: TestServer, sandbox: Sandbox, name: string) {
  const env = {
    AGENTCOM_NATS_USER: nats.user,
    AGENTCOM_NATS_PASSWORD: nats.password,
    AGENTCOM_SECRET_KEY_FILE: sandbox.path('secret.key'),
  };
  return { dataDir: sandbox.path(name), args: ['--nats', nats.url], env };
}

async function paging(hub: Hub, { settings }: WebHook): Promise<void> {
  await hub.api.need('POST', '/notifications/channels', { kind: 'webhook', name: 'on-call', settings });
  await hub.api.need('PATCH', '/config', { alerts: { rules: RULES } });
}

function said({ bodies }: WebHook): string[] {
  return bodies.flatMap(({ data: { rule, state } }) =>
    ['JournalUnwritable', 'NoLeader', 'HubDown'].includes(String(rule)) ? [`${rule} ${state}`] : [],
  );
}
