// A list of more tasks than are ever on a page at once, in a real browser.

import { expect, test } from 'vitest';
import { BrowserSuite } from '../support/browser-suite.js';

const COUNT = 1_500;
const AT_ONCE = 50;
/** Until the list has come to its end. */
const SCROLLED = { timeout: 60_000 };

const suite = new BrowserSuite();

test('of many tasks only those in sight are there, and each of them can be reached and is live', async () => {
  const ids: string[] = [];
  for (let from = 0; from < COUNT; from += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) =>
      suite.hub.api.submit({ title: `Job ${from + i}`, needs: ['gpu'] }, `job-${from + i}`),
    );
    ids.push(...(await Promise.all(some)).map(({ id }) => id));
  }
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/tasks');
  const rows = page.locator('tbody tr[data-row]');
  await rows.first().waitFor();
  expect(await rows.count()).toBeLessThan(100);
  expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe(String(COUNT + 1));

  const oldest = page.locator(`[data-row="${ids.toSorted()[0]}"]`);
  await expect
    .poll(async () => {
      await page.mouse.wheel(0, 100_000);
      return oldest.isVisible();
    }, SCROLLED)
    .toBe(true);
  expect(await rows.count()).toBeLessThan(100);
  expect(await oldest.getAttribute('aria-rowindex')).toBe(String(COUNT + 1));
  await suite.hub.api.need('POST', `/tasks/${ids.toSorted()[0]}/cancel`, {});
  await oldest.locator('.chip').getByText('Cancelled').waitFor();

  // What is new waits, and moves nothing.
  const place = await oldest.boundingBox();
  await suite.hub.api.submit({ title: 'Just now', needs: ['gpu'] });
  await page.getByRole('button', { name: '1 new' }).waitFor();
  expect(await oldest.boundingBox()).toEqual(place);
  await page.getByRole('button', { name: '1 new' }).click();
  await page.getByRole('row', { name: /Just now/ }).waitFor();

  // By keyboard from row to row, also to those that were not there yet.
  for (let i = 0; i < 60; i++) await page.keyboard.press('j');
  await page.locator('tr.active').waitFor();
  expect(await page.locator('tr.active').getAttribute('aria-rowindex')).toBe('61');
  expect(await page.locator('tr.active').isVisible()).toBe(true);
  expect(person.complaints).toEqual([]);
  await person.close();
});

test('in another order than by age as many come as the hub follows', async () => {
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/tasks?sort=title');
  const last = page.getByRole('row', { name: /Just now/ });
  // A hub that is busy shows rows before it has looked through all; what it finds later waits like what is new.
  const found = page.getByRole('button', { name: /^[\d,]+\+? new$/ });
  await expect
    .poll(async () => {
      if (await found.isVisible()) await found.click();
      await page.mouse.wheel(0, 100_000);
      return (await last.isVisible()) ? last.getAttribute('aria-rowindex', { timeout: 500 }).catch(() => null) : null;
    }, SCROLLED)
    .toBe(String(COUNT + 2));
  expect(person.complaints).toEqual([]);
  await person.close();
});
