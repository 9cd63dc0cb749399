// The frame around every page: its keys do what they say as soon as it can be seen, and nothing that comes late undoes what somebody did.

import { expect, test } from 'vitest';
import { signIn } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';

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
