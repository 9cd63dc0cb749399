// A hub that tells people: from what an agent does to a webhook that is called, over a hub that is killed in between.

import type { NotificationChannel, NotificationDeliveryPage, TestSend } from '@agentcom/schemas';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Hub, startHub } from '../support/hub.js';
import { completion, connectedAgent, failure, question, workingOn } from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';
import { startWebHook, type WebHook } from '../support/web-hook.js';

const sandbox = new Sandbox();
let hub: Hub;
let hook: WebHook;

beforeAll(async () => {
  hub = await startHub(sandbox);
});

beforeEach(async () => {
  hook = await startWebHook();
});

afterEach(() => hook.stop());

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close(), 'processes left behind').toEqual([]);
});

async function channel(name: string): Promise<NotificationChannel> {
  const body = { kind: 'webhook', name, settings: hook.settings };
  return hub.api.need<NotificationChannel>('POST', '/notifications/channels', body);
}

const told = () => hook.bodies.map(({ data: { kind, state, excerpt } }) => [kind, state, excerpt]);

test('a channel is called with what a task asks and comes to, as its route says', { timeout: 60_000 }, async () => {
  const { id } = await channel('shop');
  const routes = [{ match: { kind: ['question', 'dead'], label: ['team=shop'] }, channels: ['shop'], excerpts: true }];
  await hub.api.need('PUT', '/notifications/routes', { routes });
  const sent = await hub.api.need<TestSend>('POST', `/notifications/channels/${id}/test`, {});
  expect(sent).toEqual({ sent: true });
  expect(hook.headers[0]).toMatchObject({ 'webhook-signature': expect.stringMatching(/^v1,/) });

  const agent = await connectedAgent(hub);
  const asking = await workingOn(hub, agent, { labels: { team: 'shop' } });
  await agent.ok(question(asking));
  await eventually('the question', 20_000, () => hook.bodies[1]);
  await hub.api.need('POST', `/tasks/${asking.task}/answer`, { answer: 'Left.' });
  await eventually('its end', 20_000, () => hook.bodies[2]);
  await agent.ok(completion(asking, 2));
  const dying = await workingOn(hub, agent, { labels: { team: 'shop' } });
  await agent.ok(failure(dying, 'permanent'));
  await eventually('the dead letter', 20_000, () => hook.bodies[3]);
  expect(told()).toEqual([
    ['alert', 'open', undefined],
    ['question', 'open', 'Which way?'],
    ['question', 'closed', undefined],
    ['dead', 'open', 'It failed.'],
  ]);
  await agent.close();
});

test('a hub that was killed sends what it had not, once, and what was given up is sent again', {
  timeout: 90_000,
}, async () => {
  const { id } = await channel('killed');
  const routes = [{ match: { kind: ['dead'] }, channels: ['killed'] }];
  await hub.api.need('PUT', '/notifications/routes', { routes });
  hook.status = 503;
  const agent = await connectedAgent(hub);
  await agent.ok(failure(await workingOn(hub, agent), 'permanent'));
  await eventually('a first try', 20_000, () => hook.bodies[0]);
  await agent.close();
  const { dataDir, port } = hub;
  await hub.kill9();
  hook.status = 413;
  hub = await startHub(sandbox, { dataDir, port });
  const list = () => hub.api.need<NotificationDeliveryPage>('GET', '/notifications/deliveries?channel=killed');
  const [dead] = await eventually('the end of it', 30_000, async () => {
    const { items } = await list();
    return items[0]?.state === 'dead' ? items : undefined;
  });
  expect(dead).toMatchObject({ channel: 'killed', title: 'Dead: A task', why: expect.stringContaining('413') });
  expect(new Set(hook.bodies.map((body) => body.id)).size).toBe(1);
  hook.status = 204;
  await hub.api.need('POST', `/notifications/deliveries/${dead?.id}/replay`, {});
  await eventually('that it is sent', 20_000, async () =>
    (await list()).items[0]?.state === 'sent' ? true : undefined,
  );
  await hub.api.need('DELETE', `/notifications/channels/${id}`);
});
