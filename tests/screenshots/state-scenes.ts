// Pages as they are for somebody who may look only, and while something is wrong with them or with the way to the hub.

import type { Page, WebSocketRoute } from 'playwright-core';
import type { Hub } from '../support/hub.js';
import type { Scene } from './scenes.js';

const heading = (name: string) => async (page: Page) => page.getByRole('heading', { name }).first().waitFor();
const text = (said: string | RegExp) => async (page: Page) => page.getByText(said).first().waitFor();

/** What a viewer is shown of each page. */
const VIEWED = [
  ['needs', '/needs-you', heading('Upgrade the payment')],
  ['tasks', '/tasks', rows],
  ['agents', '/agents', rows],
  ['dead', '/dead-letters', rows],
  ['alerts', '/alerts', heading('DeadLetters')],
  ['messages', '/messages', heading('Messages')],
  ['settings', '/settings', heading('Settings')],
] as const;

export const STATE_SCENES: readonly Scene[] = [
  ...VIEWED.map(
    ([name, path, prepare]): Scene => ({
      name: `viewer-${name}`,
      path,
      signedIn: true,
      role: 'viewer',
      hub: 'busy',
      prepare,
    }),
  ),
  {
    name: 'viewer-task',
    path: '/tasks?q=Fix+the+login',
    signedIn: true,
    role: 'viewer',
    hub: 'busy',
    prepare: async (page) => {
      await rows(page);
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.getByRole('tab', { name: 'Log' }).waitFor();
    },
  },
  {
    name: 'tasks-wrong',
    path: '/tasks?q=nothing:known',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await text(/there is no key nothing/)(page);
      await page.locator('.skeleton').last().waitFor({ state: 'detached' });
    },
  },
  {
    name: 'task-missing',
    path: '/tasks/01a00000-0000-7000-8000-000000000000',
    signedIn: true,
    hub: 'busy',
    prepare: heading('Task not found'),
  },
  { name: 'reconnecting', path: '/tasks', signedIn: true, hub: 'busy', prepare: cutOff },
  {
    name: 'unreachable',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page) => {
      await page.route('**/api/**', (route) => route.abort('connectionrefused'));
      await page.reload();
      await text('The hub cannot be reached.')(page);
    },
  },
  {
    name: 'halted',
    path: '/tasks',
    signedIn: true,
    hub: 'busy',
    prepare: async (page, hub) => {
      await rows(page);
      const scope = { kind: 'org' };
      await hub.api.need('POST', '/halts', { scope, strength: 'new', reason: 'The staging database is away.' });
      await page.getByRole('button', { name: 'Halted', exact: true }).click();
      await text('The staging database is away.')(page);
    },
    after: endHalts,
  },
];

async function rows(page: Page): Promise<void> {
  await page.locator('tbody tr').first().waitFor();
}

/** The live connection breaks once the page is there, and does not come back. */
async function cutOff(page: Page): Promise<void> {
  const open: WebSocketRoute[] = [];
  let isCut = false;
  await page.routeWebSocket('**/ws/live', (socket) => {
    if (isCut) return void socket.close();
    open.push(socket);
    socket.connectToServer();
  });
  await page.reload();
  await rows(page);
  isCut = true;
  await Promise.all(open.map((socket) => socket.close()));
  await text('Reconnecting. What you see may be out of date.')(page);
}

async function endHalts(hub: Hub): Promise<void> {
  const { items } = await hub.api.need<{ items: readonly { id: string }[] }>('GET', '/halts');
  for (const { id } of items) await hub.api.need('DELETE', `/halts/${id}`);
}
