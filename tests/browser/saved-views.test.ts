// Views of the list of tasks: saved, counted live, shared, changed and deleted; and its columns.

import type { SavedView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { HubApi } from '../support/api.js';
import { BrowserSuite } from '../support/browser-suite.js';

const suite = new BrowserSuite();

test('what is shown is saved under a name, counts as tasks come, is shared and deleted', async () => {
  const task = (title: string) => suite.hub.api.submit({ title, needs: ['nobody'], labels: { team: 'docs' } });
  await task('First');
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/tasks?q=label:team%3Ddocs&sort=title&cols=title,lane');
  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('button', { name: 'Save this view…' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Docs');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved: Docs.').waitFor();

  await page.goto('/tasks');
  await page.getByRole('button', { name: 'Saved views' }).click();
  const link = page.getByRole('link', { name: /^Docs/ });
  await link.getByText('1', { exact: true }).waitFor();
  await task('Second');
  await link.getByText('2', { exact: true }).waitFor();
  await link.click();
  await page.locator('#main').getByText('2 tasks', { exact: true }).waitFor();
  expect(new URL(page.url()).search).toContain('sort=title&cols=title,lane');

  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('button', { name: 'Manage views…' }).click();
  await page.getByRole('button', { name: 'Change Docs' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change Docs' });
  await dialog.getByLabel('Name').fill('Documents');
  await dialog.getByLabel('Who sees it').selectOption('yes');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Changed: Documents.').waitFor();
  const { key } = await suite.hub.api.need<{ key: string }>('POST', '/keys', { role: 'viewer', name: 'v' });
  const seen = await new HubApi(suite.hub.url, key).need<{ items: readonly object[] }>('GET', '/views');
  expect(seen.items).toMatchObject([{ name: 'Documents', shared: true, mayChange: false, q: 'label:team=docs' }]);

  await page.getByRole('button', { name: 'Saved views' }).click();
  await page.getByRole('button', { name: 'Manage views…' }).click();
  expect(await person.barriers()).toEqual([]);
  await page.getByRole('button', { name: 'Delete Documents' }).click();
  await page.getByText('Deleted: Documents.').waitFor();
  expect((await suite.hub.api.need<{ items: readonly object[] }>('GET', '/views')).items).toEqual([]);
  expect(person.complaints).toEqual([]);
});

test('a view whose name is taken is replaced, one of yours and one of everybody', async () => {
  const person = await suite.owner();
  const { page } = person;
  const dialog = page.getByRole('dialog');
  const save = async (address: string, who: 'yes' | 'no') => {
    await page.goto(address);
    await page.getByRole('button', { name: 'Saved views' }).click();
    await page.getByRole('button', { name: 'Save this view…' }).click();
    await dialog.getByLabel('Name').fill('Mine');
    await dialog.getByLabel('Who sees it').selectOption(who);
    await dialog.getByRole('button', { name: 'Save' }).click();
  };
  for (const who of ['no', 'yes'] as const) {
    await save('/tasks?q=state:dead&sort=title&cols=title,lane', who);
    await page.getByText('Saved: Mine.').waitFor();
    await save('/tasks?q=state:blocked', who);
    await dialog
      .getByText(who === 'yes' ? /^Everybody has a view called Mine/ : /^You have a view called Mine/)
      .waitFor();
    expect(await person.barriers()).toEqual([]);
    await dialog.getByLabel('Who sees it').selectOption(who === 'yes' ? 'no' : 'yes');
    expect(await dialog.getByRole('button', { name: 'Replace it' }).count()).toBe(0);
    await dialog.getByLabel('Who sees it').selectOption(who);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('button', { name: 'Replace it' }).click();
    await page.getByText('Replaced: Mine.').waitFor();
  }
  const { items } = await suite.hub.api.need<{ items: readonly SavedView[] }>('GET', '/views');
  expect(items.map(({ name, q, sort, cols, shared }) => ({ name, q, sort, cols, shared }))).toEqual(
    [false, true].map((shared) => ({ name: 'Mine', q: 'state:blocked', sort: undefined, cols: undefined, shared })),
  );
  // The hub's 409 is in the console of the browser.
  expect(person.complaints.filter((complaint) => !complaint.includes('409'))).toEqual([]);
});

test('columns are chosen, stay after a reload, and come back as they were', async () => {
  await suite.hub.api.submit({ title: 'Third', needs: ['nobody'], runner: 'codex' });
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/tasks');
  const head = (name: string) => page.getByRole('columnheader', { name });
  await head('Lane').waitFor();
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByLabel('Runner').check();
  await page.getByLabel('Lane').uncheck();
  await page.getByLabel('Submitted').check();
  await page.getByRole('cell', { name: 'codex' }).waitFor();
  expect(await person.barriers()).toEqual([]);
  await page.reload();
  await head('Runner').waitFor();
  await head('Submitted').waitFor();
  expect(await head('Lane').count()).toBe(0);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('button', { name: 'The usual columns' }).click();
  await head('Lane').waitFor();
  expect(new URL(page.url()).search).toBe('');
  expect(person.complaints).toEqual([]);
});

test('on a phone a menu sorts the tasks', async () => {
  const person = await suite.owner({ width: 390, height: 844 });
  const { page } = person;
  const labels = { group: 'sorted' };
  for (const [title, lane] of [
    ['Bake', 'low'],
    ['Carve', 'urgent'],
    ['Arrange', 'normal'],
  ] as const)
    await suite.hub.api.submit({ title, lane, labels, needs: ['nobody'] });
  await page.goto('/tasks?q=label:group=sorted');
  const titles = async () => page.locator('tbody tr[data-row] .title').allTextContents();
  await expect.poll(titles).toEqual(['Arrange', 'Carve', 'Bake']);
  for (const [order, sort, sorted] of [
    ['Title', 'title', ['Arrange', 'Bake', 'Carve']],
    ['Reversed', '-title', ['Carve', 'Bake', 'Arrange']],
    ['Lane', 'lane', ['Carve', 'Arrange', 'Bake']],
    ['Newest first', 'age', ['Arrange', 'Carve', 'Bake']],
  ] as const) {
    await page.getByRole('button', { name: 'Sort', exact: true }).click();
    await page.locator(':popover-open').getByRole('button', { name: order, exact: true }).click();
    await expect.poll(titles).toEqual(sorted);
    expect(new URL(page.url()).searchParams.get('sort')).toBe(sort);
  }
  expect(await person.barriers()).toEqual([]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: 'Sort', exact: true }).waitFor({ state: 'hidden' });
  expect(person.complaints).toEqual([]);
});

test('a title stays readable beside a long reason why its task waits', async () => {
  const { page } = await suite.owner({ width: 1024, height: 768 });
  await suite.hub.api.submit({ title: 'Send the quarterly report', notBefore: '2099-01-01T08:00:00Z', needs: ['gpu'] });
  await page.goto('/tasks?q=quarterly');
  await page.locator('.detail').getByText('starts at').waitFor();
  const widthOf = (part: string) => page.locator(part).evaluate((element) => element.getBoundingClientRect().width);
  const [title, line] = [await widthOf('.title-line > .title'), await widthOf('.title-line')];
  expect(title / line).toBeGreaterThan(0.6);
});
