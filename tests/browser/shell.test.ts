// The frame around every page: its keys do what they say as soon as it can be seen, and nothing that comes late undoes what somebody did.

import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';
import { completion, connectedAgent, workingOn } from '../support/on-hub.js';

const suite = new BrowserSuite();

/** Runs before the scripts of the page, and is told of what they put into it before anything that they do later. */
const PRESS_AT_ONCE = `new MutationObserver((_, look) => {
  if (document.querySelector('header.top') === null) return;
  look.disconnect();
  for (const key of ['g', 'm']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
}).observe(document, { childList: true, subtree: true })`;
const DRAWN_AGAIN = 'new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))';

test('keys that are pressed as soon as the page can be seen are heard', async () => {
  const person = await suite.owner();
  const { page } = person;
  await page.addInitScript({ content: PRESS_AT_ONCE });
  await page.goto('/account');
  await page.getByRole('heading', { name: 'Messages', exact: true }).waitFor();
  expect(person.complaints).toEqual([]);
});

test('whoever goes on while the first page is still looked for stays there', async () => {
  const { page } = await suite.owner();
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    void page.route('**/api/v1/stats', async (route) => {
      resolve();
      await new Promise<void>((release) => {
        answer = release;
      });
      await route.continue();
    });
  });
  await page.goto('/');
  await asked;
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.getByRole('heading', { name: 'Messages', exact: true }).waitFor();
  const stats = page.waitForResponse('**/api/v1/stats');
  answer();
  await (await stats).finished();
  // What follows from the answer happens before the page is drawn again.
  await page.evaluate(DRAWN_AGAIN);
  await page.getByRole('heading', { name: 'Messages', exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/messages');
});

test('a link that is pasted into a tab where the page to sign in stands signs in', async () => {
  const person = await suite.person();
  const { page } = person;
  await page.goto('/sign-in');
  await page.getByLabel('Password').waitFor();
  // The same page but for what is behind the #: a browser loads nothing for that.
  await signIn(person, suite.hub);
  await page.getByRole('heading', { name: 'Get started' }).waitFor();
  expect(new URL(page.url()).hash).toBe('');
});

test('whose session ends under an open page is told so, and comes back to it', async () => {
  const { page } = await suite.owner();
  await page.goto('/account');
  await page.getByRole('heading', { name: 'Your account', exact: true }).waitFor();
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Costs' }).first().click();
  await page.getByText('Your session has ended.').waitFor();
  expect(new URL(page.url()).searchParams.get('to')).toBe('/costs');
});

test('on a phone there are the figures, the health, the connection and the way to stop it', async () => {
  for (const lane of ['urgent', 'low', 'low'] as const)
    await suite.hub.api.submit({ title: 'Wait', lane, needs: ['gpu'] });
  await suite.hub.api.need('PUT', '/limits/org', { currency: 'EUR', day: { costMicros: 50_000_000 } });
  const person = await suite.owner({ width: 390, height: 844 });
  const { page } = person;
  await page.goto('/messages');
  const top = page.getByRole('banner');
  const queue = top.getByRole('button', { name: 'Queued 3, by lane' });
  const spend = top.getByRole('link', { name: 'Today – of €50.00' });
  const figures = top.locator('.figures');
  for (const one of [queue.locator('.figure'), spend]) expect(await isWithin(one, figures)).toBe(true);
  const others = [top.getByText('Live'), top.getByRole('button', { name: 'Halt' }), top.locator('a[href="/alerts"]')];
  for (const one of others) expect(await isWithin(one, top)).toBe(true);
  expect(await isWithin(top, page.locator('body'))).toBe(true);
  expect(await person.barriers()).toEqual([]);
  await queue.click();
  await page.getByRole('link', { name: 'low 2' }).click();
  await page.locator('#main').getByText('2 tasks', { exact: true }).waitFor();
  expect(person.complaints).toEqual([]);
});

test('the first steps lead until a task was completed, and are in the menu from then on', async () => {
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/messages');
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
  const first = links.first();
  const steps = links.filter({ hasText: 'Get started' });
  await steps.waitFor();
  expect(await first.getAttribute('href')).toBe('/start');
  const agent = await connectedAgent(suite.hub);
  await agent.ok(completion(await workingOn(suite.hub, agent)));
  await steps.waitFor({ state: 'detached' });
  expect(await first.getAttribute('href')).toBe('/needs-you');
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('link', { name: 'Get started' }).click();
  await page.getByRole('heading', { name: 'Get started' }).waitFor();
  await steps.waitFor();
  await page.getByRole('button', { name: 'Submit another' }).waitFor();
  await page.locator('.step-number.done').nth(2).waitFor();
  expect(person.complaints).toEqual([]);
  await agent.close();
});

/** Whether nothing of it is cut off there. */
async function isWithin(inner: Locator, outer: Locator): Promise<boolean> {
  await inner.waitFor();
  const [small, large] = [await inner.boundingBox(), await outer.boundingBox()];
  if (small === null || large === null) return false;
  return (
    small.x >= large.x &&
    small.y >= large.y &&
    small.x + small.width <= large.x + large.width &&
    small.y + small.height <= large.y + large.height
  );
}
