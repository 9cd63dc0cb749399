// Live pages of real hubs: what becomes durable is on the page, through a hub that is killed, and at another hub than before.

import { startTestServer } from '@agentcom/hub/nats/testing';
import type { LiveOverview, TaskPage, TaskSummary } from '@agentcom/schemas';
import { expect, onTestFinished, test } from 'vitest';
import { HubApi } from '../support/api.js';
import { readyHub, spawnHub, startHub, untilReady } from '../support/hub.js';
import { PageOfHub } from '../support/live-page.js';
import { completion, connectedAgent, workingOn } from '../support/on-hub.js';
import { testSandbox } from '../support/test-sandbox.js';

const SUBMISSIONS = 40;

async function listed(api: HubApi): Promise<TaskSummary[]> {
  return [...(await api.need<TaskPage>('GET', '/tasks?limit=200')).items];
}

function sameRows(page: PageOfHub, tasks: readonly TaskSummary[]): boolean {
  const byId = (rows: readonly { id: string }[]) => JSON.stringify([...rows].sort((a, b) => (a.id < b.id ? -1 : 1)));
  return byId(page.rows(1)) === byId(tasks);
}

test('a page has everything, once, after its hub was killed and came back', { timeout: 120_000 }, async () => {
  const sandbox = testSandbox();
  const hub = await startHub(sandbox);
  const page = new PageOfHub(hub.key);
  onTestFinished(() => page.leave());
  await page.connect(hub.url);
  page.look(1, { kind: 'tasks', limit: 200 });
  page.look(2, { kind: 'overview' });
  await page.until('a snapshot', () => page.heard(1).length > 0);
  const agent = await connectedAgent(hub);
  const attempt = await workingOn(hub, agent);
  await page.until('the task that is worked on', () => page.rows<TaskSummary>(1)[0]?.state === 'working');
  expect(page.rows<TaskSummary>(1)).toMatchObject([{ id: attempt.task, agent: agent.machine.name }]);
  await agent.ok(completion(attempt));
  await page.until('its end', () => page.rows<TaskSummary>(1)[0]?.state === 'completed');
  // Some of these are being decided when the hub is killed.
  const asked = Array.from({ length: SUBMISSIONS }, (_, i) =>
    hub.api
      .call('POST', '/tasks', { title: `task ${i}`, prompt: 'p', needs: ['nobody'] }, { 'idempotency-key': `key-${i}` })
      .catch(() => null),
  );
  await Promise.race(asked);
  const cut = page.closed();
  await hub.kill9();
  await cut;
  await Promise.all(asked);
  const again = await startHub(sandbox, { dataDir: hub.dataDir, port: hub.port });
  for (let i = 0; i < SUBMISSIONS; i++) {
    const body = { title: `task ${i}`, prompt: 'p', needs: ['nobody'] };
    expect([200, 201]).toContain(
      (await again.api.call('POST', '/tasks', body, { 'idempotency-key': `key-${i}` })).status,
    );
  }
  await page.connect(again.url);
  const tasks = await listed(again.api);
  expect(tasks).toHaveLength(SUBMISSIONS + 1);
  await page.until('every task', () => sameRows(page, tasks));
  await page.until('the counts', () => page.rows<LiveOverview>(2)[0]?.tasks.queued === SUBMISSIONS);
  // A short break is made up for by what changed alone.
  page.leave();
  const { id } = await again.api.submit({ title: 'late', needs: ['nobody'] });
  await page.connect(again.url);
  await page.until('the late task', () => page.rows(1).some((row) => row.id === id));
  expect(page.heard(1).at(-1)).toBe('delta');
  expect(sameRows(page, await listed(again.api))).toBe(true);
  expect((await again.stop()).code).toBe(0);
});

test('a page goes on at another hub of the same journal, and a hub that follows shows it all', {
  timeout: 120_000,
}, async () => {
  const sandbox = testSandbox();
  const nats = await startTestServer();
  onTestFinished(() => nats.stop());
  const env = { AGENTCOM_NATS_USER: nats.user, AGENTCOM_NATS_PASSWORD: nats.password };
  const on = (name: string) => ({ dataDir: sandbox.path(name), args: ['--nats', nats.url], env });
  const first = await startHub(sandbox, on('first'));
  const second = await readyHub(spawnHub(sandbox, on('second')));
  const page = new PageOfHub(first.key);
  onTestFinished(() => page.leave());
  await page.connect(second.url);
  page.look(1, { kind: 'tasks', limit: 200 });
  const one = await first.api.submit({ title: 'one', needs: ['nobody'] });
  await page.until('what the leader took', () => page.rows(1).some(({ id }) => id === one.id));
  expect(page.hub).toMatchObject({ role: 'follower' });
  page.leave();
  const two = await first.api.submit({ title: 'two', needs: ['nobody'] });
  await page.connect(first.url);
  await page.until('what it missed', () => page.rows(1).some(({ id }) => id === two.id));
  expect(page.hub).toMatchObject({ role: 'leader' });
  expect(page.heard(1).at(-1)).toBe('delta');
  const stopped = page.closed();
  expect((await first.stop()).code).toBe(0);
  expect(await stopped).toBe(1012);
  await untilReady(second.url);
  await page.connect(second.url);
  const api = new HubApi(second.url, first.key);
  const three = await api.submit({ title: 'three', needs: ['nobody'] });
  await page.until('what the new leader took', () => page.rows(1).some(({ id }) => id === three.id));
  expect(sameRows(page, await listed(api))).toBe(true);
  expect(page.hub).toMatchObject({ role: 'leader' });
  expect((await second.stop()).code).toBe(0);
});
