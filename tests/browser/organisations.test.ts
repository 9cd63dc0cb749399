// Somebody who is in two organisations: what a page shows belongs to the one that was chosen, in every tab.

import type { CreatedOrg } from '@agentcom/schemas';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { HubApi } from '../support/api.js';
import type { Person } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';

const suite = new BrowserSuite();
let person: Person;
let page: Page;
/** Of the organisation that somebody is asked into first. */
let first: string;

beforeAll(async () => {
  const { api } = suite.hub;
  const { url } = await api.need<{ url: string }>('POST', '/members', { role: 'operator' });
  const { id } = await api.submit({ title: 'Mend the roof', prompt: 'Do it.' });
  first = id;
  person = await suite.person();
  page = person.page;
  await page.goto(pathOf(url));
  await page.getByLabel('Your name').fill('Grace');
  await page.getByLabel('E-mail').fill('grace@example.org');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.locator('form').getByRole('button').last().click();
  await page.getByRole('banner').waitFor();
});

test('an invitation leads on to the other organisation, and there is nothing of the first one there', async () => {
  const created = await suite.hub.api.need<CreatedOrg>('POST', '/orgs', { org: 'globex', name: 'Globex' });
  await page.goto('/tasks');
  await page.getByText('Mend the roof').waitFor();
  await page.goto(pathOf(created.invitation?.url ?? ''));
  await page.getByText('Those who run this hub invite you to Globex (globex) with the role Owner.').waitFor();
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('banner').getByRole('link', { name: 'AgentCom Globex' }).waitFor();
  await page.goto('/tasks');
  await page.getByRole('heading', { name: 'No tasks yet' }).waitFor();
});

test('every tab goes along to the organisation that is chosen in one', async () => {
  const key = await page.evaluate(async () => {
    const body = JSON.stringify({ role: 'developer', name: 'of globex' });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/api/v1/keys', { method: 'POST', headers, body });
    return ((await answer.json()) as { key: string }).key;
  });
  await new HubApi(suite.hub.url, key).submit({ title: 'Paint the shed', prompt: 'Do it.' });
  const other = await person.context.newPage();
  await other.goto('/tasks');
  await other.getByText('Paint the shed').waitFor();
  await page.goto('/tasks?q=shed&sort=-age');
  await page.getByText('Paint the shed').waitFor();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'default' }).click();
  await page.getByRole('banner').getByRole('link', { name: 'AgentCom default' }).waitFor();
  // The same page, without what was meant of the other organisation.
  await page.getByText('Mend the roof').waitFor();
  expect(pathIn(page)).toBe('/tasks?sort=-age');
  await other.getByRole('banner').getByRole('link', { name: 'AgentCom default' }).waitFor();
  await other.getByText('Mend the roof').waitFor();
  expect(await other.getByText('Paint the shed').count()).toBe(0);
  expect(new URL(other.url()).pathname).toBe('/tasks');
  await other.close();
});

test('the address of a task of the other organisation says so and leads there', async () => {
  await page.goto(`/tasks/${first}`);
  await page.getByRole('heading', { name: 'Mend the roof' }).waitFor();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Globex' }).click();
  await page.getByRole('banner').getByRole('link', { name: 'AgentCom Globex' }).waitFor();
  await page.getByText('Paint the shed').waitFor();
  expect(pathIn(page)).toBe('/tasks');
  await page.goto(`/tasks/${first}`);
  await page.getByRole('heading', { name: 'Task not found' }).waitFor();
  await page.getByText('It may be in another of your organisations').waitFor();
  await page.getByRole('button', { name: 'Look in default' }).click();
  await page.getByRole('heading', { name: 'Mend the roof' }).waitFor();
  await page.getByRole('banner').getByRole('link', { name: 'AgentCom default' }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/tasks/${first}`);
  expect(person.complaints).toEqual([]);
});

function pathOf(url: string): string {
  const { pathname, hash } = new URL(url);
  return pathname + hash;
}

function pathIn(shown: Page): string {
  const { pathname, search } = new URL(shown.url());
  return pathname + search;
}
