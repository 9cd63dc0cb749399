// From something that is wrong to an alert that says so, and resolves by itself.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Hub, startHub } from '../support/hub.js';
import { connectedAgent, workingOn } from '../support/on-hub.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';

interface Shown {
  readonly rule: string;
  readonly state: string;
  readonly severity: string;
  readonly subjects: readonly { readonly id: string }[];
  readonly why: string;
}

const sandbox = new Sandbox();
let hub: Hub;

beforeAll(async () => {
  hub = await startHub(sandbox);
});

afterAll(async () => {
  await hub?.stop();
  expect(await sandbox.close(), 'processes left behind').toEqual([]);
});

function alert(rule: string, state: string): Promise<Shown> {
  return eventually(`the alert ${rule} to be ${state}`, 60_000, async () => {
    const { items } = await hub.api.need<{ items: readonly Shown[] }>('GET', `/alerts?rule=${rule}&state=${state}`);
    return items[0];
  });
}

test('a task that waits too long pages, is named, and resolves once it is gone', { timeout: 120_000 }, async () => {
  const rules = { QueueWaitHigh: { urgentSeconds: 1, keepFiringForSeconds: 0 } };
  await hub.api.need('PATCH', '/config', { alerts: { evaluateSeconds: 1, rules } });
  await alert('Watchdog', 'firing');
  const agent = await connectedAgent(hub);
  await workingOn(hub, agent);
  const { id } = await hub.api.submit({ lane: 'urgent' });
  const firing = await alert('QueueWaitHigh', 'firing');
  expect(firing).toMatchObject({ severity: 'page', subjects: [{ id }] });
  expect(firing.why).toContain('urgent lane has waited');
  await hub.api.need('POST', `/tasks/${id}/cancel`, { reason: 'enough' });
  await alert('QueueWaitHigh', 'resolved');
  await agent.close();
});
