// What the organisation is made of, changed in a real browser on a real hub: somebody is invited and sees what their role may, a value of the
// config is changed, a key is made, a message is written.

import type { MemberRole } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { HubApi } from '../support/api.js';
import { type Person, signIn } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';
import { connectedAgent } from '../support/on-hub.js';

const suite = new BrowserSuite();

test('somebody is invited by a link, accepts, sees what the role may, and gets another role', async () => {
  const { page } = await suite.owner();
  await page.goto('/settings');
  await page.getByRole('heading', { name: 'No members' }).waitFor();
  const form = page.getByRole('form', { name: 'Invite somebody' });
  await form.getByLabel('Role').selectOption('viewer');
  await form.getByRole('button', { name: 'Make an invitation link' }).click();
  const link = (await page.getByRole('dialog').locator('pre').textContent()) ?? '';
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Whoever has the link').waitFor();

  const guest = await suite.person();
  await guest.page.goto(new URL(link).pathname + new URL(link).hash);
  await guest.page.getByText('Whoever has the key “owner” invites you to default with the role Viewer.').waitFor();
  await guest.page.getByLabel('Your name').fill('Grace');
  await guest.page.getByLabel('E-mail').fill('grace@example.org');
  await guest.page.getByLabel('Password').fill('correct horse battery');
  await guest.page.locator('form').getByRole('button').last().click();
  await guest.page.getByRole('banner').waitFor();
  await guest.page.goto('/settings');
  await guest.page.getByRole('heading', { name: 'Settings' }).waitFor();
  await guest.page.locator('main').getByText('grace@example.org').waitFor();
  expect(await tabsOf(guest)).toEqual(['Members', 'Limits and quotas']);
  expect(await guest.page.getByRole('form', { name: 'Invite somebody' }).count()).toBe(0);
  expect(await guest.page.getByLabel('Role of Grace').count()).toBe(0);

  await page.reload();
  await page.getByLabel('Role of Grace').selectOption('operator');
  await page.getByText('Grace now has the role operator.').waitFor();
  await guest.page.reload();
  await guest.page.locator('main').getByText('grace@example.org').waitFor();
  expect(await tabsOf(guest)).toContain('Notifications');

  await page.getByRole('button', { name: 'More: Grace' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Grace was removed.').waitFor();
  await guest.page.reload();
  await guest.page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

interface Role {
  readonly role: MemberRole;
  /** What is in the navigation. */
  readonly pages: readonly string[];
  readonly tabs: readonly string[];
  /** What the hub refuses to it; nothing to an owner of the organisation that runs the suite.hub. */
  readonly refused?: readonly [method: string, path: string, body?: object];
}

const ROLES: readonly Role[] = [
  {
    role: 'viewer',
    pages: ['Tasks', 'Dead letters', 'Alerts', 'Messages'],
    tabs: ['Members', 'Limits and quotas'],
    refused: ['POST', '/tasks', { title: 'No', prompt: 'No.' }],
  },
  { role: 'submitter', pages: ['Tasks', 'Dead letters'], tabs: [], refused: ['GET', '/members'] },
  {
    role: 'developer',
    pages: ['Tasks', 'Dead letters', 'Alerts'],
    tabs: ['Members', 'Keys'],
    refused: ['POST', '/halts', { scope: { kind: 'org' }, strength: 'new', reason: 'No.' }],
  },
  {
    role: 'operator',
    pages: ['Tasks', 'Dead letters', 'Alerts', 'Messages'],
    tabs: ['Members', 'Notifications', 'Limits and quotas', 'Configuration'],
    refused: ['PATCH', '/config', { tasks: { maxOffers: 3 } }],
  },
  {
    role: 'admin',
    pages: ['Tasks', 'Dead letters', 'Alerts', 'Messages'],
    tabs: ['Members', 'Keys', 'Machines', 'Notifications', 'Limits and quotas', 'Configuration'],
    refused: ['POST', '/members', { role: 'viewer' }],
  },
  {
    role: 'owner',
    pages: ['Tasks', 'Dead letters', 'Alerts', 'Messages'],
    tabs: ['Members', 'Keys', 'Machines', 'Notifications', 'Limits and quotas', 'Configuration'],
  },
];

test.each(ROLES)('the page for $role has what it may see and nothing else', async ({ role, pages, tabs, refused }) => {
  const { key } = await suite.hub.api.need<{ key: string }>('POST', '/keys', { role, name: `of ${role}` });
  const api = new HubApi(suite.hub.url, key);
  const person = await suite.person();
  const { page } = person;
  await signIn(person, { api });
  const shown = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allTextContents();
  expect(shown.filter((name) => ['Tasks', 'Dead letters', 'Alerts', 'Messages'].includes(name))).toEqual(pages);
  await page.goto('/settings');
  if (tabs.length === 0) await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  else {
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(await tabsOf(person)).toEqual(tabs);
  }
  if (refused !== undefined) expect((await api.call(...refused)).status).toBe(403);
  expect(person.complaints).toEqual([]);
});

test('a value of the config is changed in the running hub: a field error first, then a lost race', async () => {
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/settings?tab=config');
  await page.getByLabel('Find a value').fill('maxOffers');
  const field = page.locator('[name="tasks.maxOffers"]');
  await field.fill('0');
  await page.getByRole('button', { name: 'Save tasks' }).click();
  await page.locator('[name="tasks.maxOffers"][aria-invalid="true"]').waitFor();
  await page.getByText('must be a whole number from 1 to 1000').waitFor();

  await field.fill('7');
  await suite.hub.api.need('PATCH', '/config', { tasks: { maxOffers: 9 } });
  await page.getByRole('button', { name: 'Save tasks' }).click();
  await page.getByText('Somebody changed it to 9 meanwhile.').waitFor();
  expect(await field.inputValue()).toBe('7');
  await page.getByRole('button', { name: 'Save tasks' }).click();
  await page.getByText('1 value is changed.').waitFor();
  expect(await suite.hub.api.need('GET', '/config')).toMatchObject({ tasks: { maxOffers: 7, maxAttempts: 3 } });
});

test('a key is created, shown once, rotated and revoked', async () => {
  const { page } = await suite.owner();
  await page.goto('/settings?tab=keys');
  await page.getByRole('button', { name: 'Create a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('deploys');
  await dialog.getByLabel('tasks:read').check();
  await dialog.getByRole('button', { name: 'Create a key' }).click();
  const key = (await page.getByRole('dialog', { name: 'The key deploys' }).locator('pre').textContent()) ?? '';
  const api = new HubApi(suite.hub.url, key);
  expect((await api.call('GET', '/tasks')).status).toBe(200);
  expect((await api.call('GET', '/agents')).status).toBe(403);
  await page.getByRole('button', { name: 'Done' }).click();

  await page.getByRole('button', { name: 'Rotate deploys' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const rotated = (await page.getByRole('dialog', { name: 'The key deploys' }).locator('pre').textContent()) ?? '';
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Replaced').waitFor();
  await page.getByRole('button', { name: 'Revoke deploys' }).last().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('deploys is revoked.').waitFor();
  expect((await new HubApi(suite.hub.url, rotated).call('GET', '/tasks')).status).toBe(401);
});

test('a channel is added with the fields of its kind, a wrong one is said beside it, and it gets a route', async () => {
  const { page } = await suite.owner();
  await page.goto('/settings?tab=notifications');
  await page.getByRole('button', { name: 'Add a channel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Kind').selectOption('ntfy');
  await dialog.getByLabel('Name').fill('on-call');
  await dialog.getByLabel('Topic').fill('not a topic');
  await dialog.getByRole('button', { name: 'Add a channel' }).click();
  await dialog.getByText('must be at most 64 letters, digits, _ and -').waitFor();
  await dialog.getByLabel('Topic').fill('hub-alerts');
  await dialog.getByLabel('Server').fill('http://127.0.0.1:9');
  await dialog.getByRole('button', { name: 'Add a channel' }).click();
  await page.getByText('on-call is there.').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('Nothing went out by on-call').waitFor();
  await page.getByRole('button', { name: 'Add a route' }).click();
  await page.getByRole('dialog').getByLabel('Channels').fill('on-call');
  await page.getByRole('dialog').getByLabel('Severities').fill('page');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('severity: page', { exact: true }).last().waitFor();

  // Beside the one that came with the channel.
  const remove = page.getByRole('button', { name: 'Remove route 2' });
  await remove.waitFor();
  await suite.hub.api.need('PUT', '/notifications/routes', { routes: [{ match: {}, channels: ['on-call'] }] });
  await remove.click();
  await page.getByText('Somebody else has changed the routes meanwhile.').waitFor();
  await page.getByText('Everything to on-call').waitFor();
  await page.getByText('severity: page', { exact: true }).last().waitFor({ state: 'detached' });
});

test('a message is written to a channel and read as text', async () => {
  const person = await suite.owner();
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  await agent.ok({ type: 'channel.join', channel: 'builds' });
  const evil = '<img src=x onerror="document.title=1">';
  await agent.ok({ type: 'message.send', to: 'channel:builds', body: evil });
  await page.goto('/');
  await page.getByRole('banner').waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.getByRole('heading', { name: 'Messages', exact: true }).waitFor();
  await page
    .getByRole('link', { name: /#builds/ })
    .first()
    .click();
  await page.getByRole('listitem').getByText(evil).waitFor();
  await page.getByRole('textbox', { name: 'Write to #builds' }).fill('Stop the line.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByRole('listitem').getByText('Stop the line.').waitFor();
  const seen = await agent.next((frame) => frame.type === 'message' && frame.from !== undefined);
  expect(seen.body).toBe('Stop the line.');
  expect(await page.locator('main img').count()).toBe(0);
  expect(person.complaints).toEqual([]);
  await agent.close();
});

async function tabsOf({ page }: Person): Promise<string[]> {
  return page.getByRole('navigation', { name: 'Parts of the settings' }).getByRole('link').allTextContents();
}
