// An open page outlives its hub: what it shows stays, and it goes on with nothing missing and nothing twice.

import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Person } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';
import { startHub } from '../support/hub.js';

const suite = new BrowserSuite();
let person: Person;

beforeAll(async () => {
  person = await suite.owner();
});

test('a page goes on after its hub was killed and started again', async () => {
  const { page } = person;
  const submit = async (titles: readonly string[]): Promise<string[]> => {
    const tasks = await Promise.all(titles.map((title) => suite.hub.api.submit({ title, needs: ['gpu'] })));
    return tasks.map(({ id }) => id);
  };
  const [doomed = ''] = await submit(['one', 'two', 'three']);
  await page.goto('/tasks');
  await page.locator('#main').getByText('3 tasks', { exact: true }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await titlesOf(page)).toEqual(['one', 'three', 'two']);

  await suite.hub.kill9();
  await page.getByText('Reconnecting. What you see may be out of date.').waitFor();
  // This person wants less motion.
  expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  expect(await titlesOf(page)).toEqual(['one', 'three', 'two']);

  suite.hub = await startHub(suite.sandbox, { dataDir: suite.hub.dataDir, port: suite.hub.port });
  await submit(['four', 'five']);
  await suite.hub.api.need('POST', `/tasks/${doomed}/cancel`, { reason: 'not worth it' });
  await page.getByRole('button', { name: '2 new' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('row', { name: /one/ }).locator('.chip', { hasText: 'Cancelled' }).waitFor();
  expect(await titlesOf(page)).toEqual(['one', 'three', 'two']);
  await page.getByRole('button', { name: '2 new' }).click();
  await page.getByRole('row', { name: /five/ }).waitFor();
  expect(await titlesOf(page)).toEqual(['five', 'four', 'one', 'three', 'two']);
  expect(await page.locator('#main').getByText('5 tasks', { exact: true }).count()).toBe(1);

  await submit(['six']);
  await page.getByRole('button', { name: '1 new' }).waitFor();
  const scripts = person.complaints.filter((one) => one.startsWith('script'));
  expect(scripts).toEqual([]);
});

/** In no order: those that were submitted at once have none. */
async function titlesOf(page: Page): Promise<string[]> {
  const texts = await page.locator('tbody .row-title').allTextContents();
  return texts.map((text) => text.trim().split(/\s/)[0] ?? '').sort();
}
