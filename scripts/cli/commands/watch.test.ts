import { expect, onTestFinished, test } from 'vitest';
import { runCommandLine } from '../program.js';
import { type Reply, testHub, testWorld } from '../testing.js';
import { openTell } from '../watch/tell.js';

async function hub(ready: Reply, health: Reply) {
  const started = await testHub(({ url }) => (url.endsWith('readyz') ? ready : health));
  onTestFinished(() => started.stop());
  return started;
}

const READY: Reply = { status: 200, body: { status: 'ready', reasons: [] } };
const healthy = (evaluatedAgeSeconds: number): Reply => ({
  status: 200,
  body: { status: 'healthy', reasons: [], alerting: { evaluatedAgeSeconds } },
});
const NO_LEADER: Reply = {
  status: 503,
  body: { status: 'not_ready', reasons: [{ code: 'not_leader', message: 'not the leader' }] },
};

async function once(...urls: readonly string[]) {
  const world = testWorld();
  const exit = await runCommandLine(world, ['watch', ...urls, '--once', '--json']);
  return { exit, seen: world.lines()[0] };
}

test('a hub that leads and evaluates its rules is up', async () => {
  expect(await once((await hub(READY, healthy(4))).url)).toEqual({ exit: 0, seen: { up: true } });
});

test('a hub is down when it says so, when it is blind, and when nothing answers', async () => {
  const blind = await hub(READY, healthy(600));
  expect(await once(blind.url)).toMatchObject({ exit: 1, seen: { up: false, why: expect.stringContaining('600 s') } });
  const waits = await hub(NO_LEADER, healthy(1));
  expect(await once(waits.url)).toMatchObject({ exit: 1, seen: { why: expect.stringContaining('not the leader') } });
  await waits.stop();
  expect(await once(waits.url)).toMatchObject({
    exit: 1,
    seen: { up: false, why: expect.stringContaining(waits.url) },
  });
});

test('of several, one that leads is enough', async () => {
  const [waits, leads] = [await hub(NO_LEADER, healthy(1)), await hub(READY, healthy(1))];
  expect(await once(waits.url, leads.url)).toEqual({ exit: 0, seen: { up: true } });
});

test('somebody is told by a signed webhook and by ntfy, with secrets from the environment', async () => {
  const pager = await testHub(() => ({ status: 200, body: {} }));
  onTestFinished(() => pager.stop());
  const env = {
    AGENTCOM_WATCH_WEBHOOK: `${pager.url}/in`,
    AGENTCOM_WATCH_WEBHOOK_SECRET: 'twelve-letters',
    AGENTCOM_WATCH_NTFY_TOKEN: 'tk_abc',
  };
  const tell = await openTell(testWorld({ env }), { ntfy: `${pager.url}/topic` });
  const told = await tell({ state: 'down', since: 0, why: 'nothing answers' }, 'https://hub.example.org');
  expect(told).toEqual([{ channel: 'webhook' }, { channel: 'ntfy' }]);
  const [webhook, ntfy] = [...pager.received].sort((a, b) => (a.url < b.url ? 1 : -1));
  expect(webhook?.headers['webhook-signature']).toMatch(/^v1,/);
  expect(webhook?.body).toMatchObject({
    data: { rule: 'HubDown', state: 'open', next: expect.stringContaining('`agentcom explain NoLeader`') },
  });
  expect(ntfy?.headers.authorization).toBe('Bearer tk_abc');
  expect(ntfy?.body).toMatchObject({
    topic: 'topic',
    priority: 5,
    message: expect.stringContaining('nothing answers'),
  });
});

test('a watch that would tell nobody is refused', async () => {
  const world = testWorld();
  expect(await runCommandLine(world, ['watch', 'http://127.0.0.1:1'])).toBe(64);
  expect(world.err()).toContain('--webhook');
});
