// A page reaches one of two hubs, by one address: when the leader is gone it goes on at the other, with nothing missing and nothing twice.

import { startTestServer } from '@agentcom/hub/nats/testing';
import { expect, onTestFinished, test } from 'vitest';
import { HubApi } from '../support/api.js';
import { signIn, TestBrowser } from '../support/browser.js';
import { Cable } from '../support/cable.js';
import { readyHub, spawnHub, startHub, untilReady } from '../support/hub.js';
import { testSandbox } from '../support/test-sandbox.js';

test('a page follows a hub that follows, and goes on as that one takes the lead', { timeout: 120_000 }, async () => {
  const sandbox = testSandbox();
  const nats = await startTestServer();
  onTestFinished(() => nats.stop());
  const env = { AGENTCOM_NATS_USER: nats.user, AGENTCOM_NATS_PASSWORD: nats.password };
  const on = (name: string) => ({ dataDir: sandbox.path(name), args: ['--nats', nats.url], env });
  const [first, browser] = await Promise.all([startHub(sandbox, on('first')), TestBrowser.start()]);
  onTestFinished(() => browser.close());
  const second = await readyHub(spawnHub(sandbox, on('second')));
  const cable = await Cable.to(first.port);
  onTestFinished(() => cable.close());
  const person = await browser.person(cable.url);
  const { page } = person;
  await signIn(person, first);
  const titles = async () =>
    (await page.locator('tbody .row-title').allTextContents()).map((text) => text.trim().split(/\s/)[0]).sort();
  const submit = (api: HubApi, title: string) => api.submit({ title, needs: ['gpu'] });
  const isLive = () => page.getByText('Live', { exact: true }).waitFor();

  const { id } = await submit(first.api, 'one');
  await page.goto('/tasks');
  await page.getByRole('row', { name: /one/ }).waitFor();
  cable.moveTo(second.port);
  await submit(first.api, 'two');
  await page.getByRole('button', { name: '1 new' }).click();
  await isLive();
  expect(await titles()).toEqual(['one', 'two']);
  // What follows takes nothing, and says so.
  await page.getByRole('button', { name: 'Halt' }).first().click();
  await page.getByRole('dialog').getByLabel('Reason').fill('a look');
  await page.getByRole('dialog').getByRole('button', { name: /^Halt/ }).click();
  await page.getByRole('dialog').getByText(`leader: ${first.url}`).waitFor();
  await page.keyboard.press('Escape');

  await first.kill9();
  await untilReady(second.url);
  const api = new HubApi(second.url, first.key);
  await submit(api, 'three');
  await page.getByRole('button', { name: '1 new' }).click();
  await isLive();
  expect(await titles()).toEqual(['one', 'three', 'two']);
  await page.goto(`/tasks/${id}`);
  await page.getByRole('button', { name: 'Cancel', exact: true }).first().click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Cancel/ })
    .last()
    .click();
  await page.locator('.chip', { hasText: 'Cancelled' }).first().waitFor();
  expect((await api.task(id)).state).toBe('cancelled');
  expect(person.complaints.filter((one) => one.startsWith('script'))).toEqual([]);
  expect((await second.stop()).code).toBe(0);
});
