// The page about the hub itself, on a real hub: its backups are made, proven, stopped and gone back to, and nobody else sees any of it.

import type { OperationPage } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { BrowserSuite } from '../support/browser-suite.js';

const suite = new BrowserSuite({ AGENTCOM_REGISTRATION: 'open' });

test('a backup is made, proven, drilled and restored from the page, with what each came to', async () => {
  const { hub } = suite;
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/tasks');
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: 'System', exact: true }).waitFor();
  await page.getByText('Every write').waitFor();
  await page.getByRole('row', { name: /^Journal/ }).waitFor();
  const operations = page.getByRole('region', { name: 'Operations' });
  const backups = page.getByRole('region', { name: 'Backups' });

  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByText('Backup done.').waitFor();
  const made = backups.getByRole('listitem').filter({ hasText: '-demand-' }).first();
  const id = (await made.locator('.id').textContent()) ?? '';
  const lost = (await hub.api.submit({ needs: ['nobody'] })).id;

  await made.getByRole('button', { name: `Verify ${id}` }).click();
  await page.getByText('Verification done.').waitFor();
  await operations.getByText('0 tasks and 0 agents came back').first().waitFor();
  await page.getByRole('button', { name: 'Snapshot and compact' }).click();
  await page.getByText('Compaction done.').waitFor();

  await made.getByRole('button', { name: `Drill ${id}` }).click();
  await made.getByRole('button', { name: `Drill ${id}` }).click();
  // The newest is first, and waits for the other one.
  await operations.getByRole('button', { name: 'Stop: drill' }).first().click();
  await page.getByText('Drill stopped.').waitFor();
  await page.getByText('Drill done.').waitFor();

  await made.getByRole('button', { name: `Restore ${id}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Type the id of the backup').fill('yes');
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await dialog.getByText("must be the backup's id once more").waitFor();
  await dialog.getByLabel('Type the id of the backup').fill(id);
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByText('Restore done.').waitFor();
  await operations.getByText('the journal goes on at batch').waitFor();
  expect(await hub.api.call('GET', `/tasks/${lost}`)).toMatchObject({ status: 404 });
  const { items } = await hub.api.need<OperationPage>('GET', '/operations?limit=1');
  expect(items).toMatchObject([{ kind: 'restore', state: 'done', backup: id }]);
});

test('whoever does not run the hub has no such page', async () => {
  const person = await suite.person();
  const { page } = person;
  await page.goto('/');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByLabel('Organisation', { exact: true }).fill('acme');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByRole('heading', { name: 'Get started' }).waitFor();
  expect(await page.getByRole('link', { name: 'System' }).count()).toBe(0);
  await page.goto('/system');
  await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  await suite.hub.api.operate('/backups');
  await page.getByRole('link', { name: 'Operations' }).click();
  await page.getByText('Nothing has run yet.').waitFor();
  expect(person.complaints).toEqual([]);
});
