// The page of agents in a real browser, on a real hub.

import { expect, test } from 'vitest';
import { BrowserSuite } from '../support/browser-suite.js';
import { completion, connectedAgent, failure, workingOn } from '../support/on-hub.js';

const suite = new BrowserSuite();

test('without an agent the page leads to a join line', async () => {
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/agents');
  await page.getByRole('heading', { name: 'No agents yet' }).waitFor();
  await page.getByRole('button', { name: 'Join an agent' }).first().click();
  await page.getByRole('button', { name: 'Make a join line' }).click();
  await page.getByText(/^AGENTCOM_TOKEN=/).waitFor();
  expect(person.complaints).toEqual([]);
});

test('an agent is drained and resumed, halted until a time, told something, and removed', async () => {
  const person = await suite.owner();
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  const { name } = agent.machine;
  const attempt = await workingOn(suite.hub, agent, { title: 'Paint the shed' });
  await page.goto('/agents');
  await page.getByRole('row', { name: new RegExp(name) }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Space');
  const panel = page.getByRole('complementary', { name: 'Agent' });
  await panel.getByRole('link', { name: 'Paint the shed' }).waitFor();
  await panel.getByLabel('Message', { exact: true }).fill('Use green.');
  await panel.getByRole('button', { name: 'Send' }).click();
  await agent.next((frame) => frame.type === 'message' && JSON.stringify(frame).includes('Use green.'));

  await panel.getByRole('button', { name: 'Drain' }).click();
  await page.getByLabel('Reason').fill('new disk');
  await page.getByRole('dialog').getByRole('button', { name: 'Drain' }).click();
  await panel.getByText('Draining').waitFor();
  expect(await suite.hub.api.need('GET', `/agents/${name}`)).toMatchObject({ draining: true });
  await panel.getByRole('button', { name: 'Resume' }).click();
  await panel.getByText('Draining').waitFor({ state: 'detached' });

  await panel.getByRole('button', { name: 'Halt', exact: true }).click();
  await page.getByLabel('Reason').fill('audit');
  await page.getByLabel('Ends').selectOption('In 1 hour');
  await page.getByRole('dialog').getByRole('button', { name: 'Halt', exact: true }).click();
  await panel.getByText('audit').waitFor();
  await panel.getByRole('button', { name: 'End the halt' }).click();
  await panel.getByText('audit').waitFor({ state: 'detached' });

  await panel.getByRole('link', { name: 'Paint the shed' }).click();
  await page.getByRole('heading', { name: 'Paint the shed' }).waitFor();
  await page.getByRole('link', { name, exact: true }).click();
  await panel.getByRole('button', { name: 'Drain' }).waitFor();
  expect(await panel.getByRole('button', { name: 'Remove' }).count()).toBe(0);
  await agent.ok(completion(attempt));
  await panel.getByRole('button', { name: 'Remove' }).click();
  await page.getByLabel(`Type ${name} to confirm`).fill('something else');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText(`must be ${name}`).waitFor();
  await page.getByLabel(`Type ${name} to confirm`).fill(name);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText(`${name} is removed.`).waitFor();
  expect((await suite.hub.api.call('GET', `/agents/${name}`)).status).toBe(404);
  expect(person.complaints).toEqual([]);
  await agent.close();
});

test('with thousands of agents only those in sight are there, and a query finds one', async () => {
  const COUNT = 5_000;
  const ONE_TOKEN = 500;
  for (let from = 0; from < COUNT; from += ONE_TOKEN) {
    const { token } = await suite.hub.api.need<{ token: string }>('POST', '/enrolments', { uses: ONE_TOKEN });
    await Promise.all(Array.from({ length: ONE_TOKEN }, (_, i) => suite.hub.api.enrolWith(token, `many-${from + i}`)));
  }
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/agents');
  await page.locator('#main').getByText('5,000 agents', { exact: true }).waitFor();
  const rows = page.locator('tbody tr[data-row]');
  await rows.first().waitFor();
  expect(await rows.count()).toBeLessThan(100);
  await page.locator('.agents-rows').evaluate((element) => {
    element.scrollTop = element.scrollHeight;
  });
  await page.getByRole('button', { name: 'many-4999' }).waitFor();
  expect(await rows.count()).toBeLessThan(100);
  await page.keyboard.press('/');
  await page.keyboard.type('name:many-1432');
  await page.locator('#main').getByText('1 agent', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'many-1432' }).waitFor();
  expect(person.complaints).toEqual([]);
});

test('rows keep their places until somebody asks for another order, and then again', async () => {
  const person = await suite.owner();
  const { page } = person;
  const [first, second] = [await connectedAgent(suite.hub), await connectedAgent(suite.hub)];
  const [one, other] = [first.machine.name, second.machine.name];
  await page.goto(`/agents?q=name:${one},${other}`);
  const row = (name: string) => page.locator(`tr[data-row="${name}"]`);
  const places = async () => [
    await row(one).getAttribute('aria-rowindex'),
    await row(other).getAttribute('aria-rowindex'),
  ];
  await row(other).waitFor();
  expect(await places()).toEqual(['2', '3']);
  const attempt = await workingOn(suite.hub, second);
  await row(other).locator('.chip').getByText('Working').waitFor();
  expect(await places()).toEqual(['2', '3']);
  await page.getByRole('button', { name: 'Sort again' }).click();
  await expect.poll(places).toEqual(['3', '2']);
  await second.ok(completion(attempt));
  await row(other).locator('.chip').getByText('Idle').waitFor();
  await workingOn(suite.hub, first);
  await row(one).locator('.chip').getByText('Working').waitFor();
  await page.getByRole('button', { name: 'Sort again' }).waitFor();
  expect(await places()).toEqual(['3', '2']);
  const byName = page.getByRole('columnheader', { name: 'Agent' }).getByRole('button');
  const [lower = '', higher = ''] = [one, other].sort();
  for (const order of [
    [lower, higher],
    [higher, lower],
  ] as const) {
    await byName.click();
    const sorted = async () => row(order[0]).getAttribute('aria-rowindex');
    await expect.poll(sorted, { timeout: 15_000 }).toBe('2');
  }
  await byName.click();
  await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBeNull();
  expect(person.complaints).toEqual([]);
  await Promise.all([first.close(), second.close()]);
});

test('agents are ranked by how many of their last attempts failed, and show what they have spent today', async () => {
  const person = await suite.owner();
  const { page } = person;
  const [good, bad] = [await connectedAgent(suite.hub), await connectedAgent(suite.hub)];
  const usage = { costMicros: 1_250_000, currency: 'EUR' };
  for (let i = 0; i < 2; i++) await bad.ok(failure(await workingOn(suite.hub, bad), 'permanent'));
  await good.ok({ ...completion(await workingOn(suite.hub, good)), usage });
  const names = [good.machine.name, bad.machine.name];
  await page.goto(`/agents?q=name:${names.join(',')}`);
  const row = (one: typeof good) => page.locator(`tr[data-row="${one.machine.name}"]`);
  await row(good).getByRole('img', { name: '1 completed; the newest on the right' }).waitFor();
  await row(bad).getByRole('img', { name: '2 failed; the newest on the right' }).waitFor();
  await row(good).getByText('€1.25').waitFor();
  await row(bad)
    .getByText(/^unknown/)
    .waitFor();
  const byFailures = page.getByRole('columnheader', { name: 'Last 20' }).getByRole('button');
  for (const [sort, first] of [
    ['failures', bad],
    ['-failures', good],
  ] as const) {
    await byFailures.click();
    await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBe(sort);
    await expect.poll(() => row(first).getAttribute('aria-rowindex'), { timeout: 15_000 }).toBe('2');
  }
  await page.goto(`/agents?q=name:${names.join(',')}&sort=failures`);
  await row(bad).waitFor();
  expect(await row(bad).getAttribute('aria-rowindex')).toBe('2');
  expect(await person.barriers()).toEqual([]);
  await row(bad).getByRole('button').first().click();
  await page
    .getByRole('complementary', { name: 'Agent' })
    .getByRole('img', { name: /^2 failed/ })
    .waitFor();
  expect(person.complaints).toEqual([]);
  await Promise.all([good.close(), bad.close()]);
});

test('on a phone a menu sorts the agents, and their cards have the last results', async () => {
  const person = await suite.owner({ width: 390, height: 844 });
  const { page } = person;
  const [good, bad] = [await connectedAgent(suite.hub), await connectedAgent(suite.hub)];
  for (let i = 0; i < 2; i++) await bad.ok(failure(await workingOn(suite.hub, bad), 'permanent'));
  await good.ok(completion(await workingOn(suite.hub, good)));
  const names = [good.machine.name, bad.machine.name];
  await page.goto(`/agents?q=name:${names.join(',')}`);
  const row = (one: typeof good) => page.locator(`tr[data-row="${one.machine.name}"]`);
  await row(good)
    .getByRole('img', { name: /^1 completed/ })
    .waitFor();
  await row(bad)
    .getByRole('img', { name: /^2 failed/ })
    .waitFor();
  await row(bad)
    .getByText(/^2 failed ·/)
    .waitFor();
  const choose = async (name: string) => {
    await page.getByRole('button', { name: 'Sort', exact: true }).click();
    await page.getByRole('button', { name, exact: true }).click();
  };
  for (const [order, sort, first] of [
    ['Most failures', 'failures', bad],
    ['Reversed', '-failures', good],
  ] as const) {
    await choose(order);
    await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBe(sort);
    await expect.poll(() => row(first).getAttribute('aria-rowindex'), { timeout: 15_000 }).toBe('2');
  }
  expect(await person.barriers()).toEqual([]);
  await choose('What needs attention first');
  await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBeNull();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('button', { name: 'Sort', exact: true }).waitFor({ state: 'hidden' });
  expect(person.complaints).toEqual([]);
  await Promise.all([good.close(), bad.close()]);
});

test('the list is as wide as there is room, and what it leaves out stands beside it', async () => {
  const person = await suite.owner({ width: 1024, height: 768 });
  const { page } = person;
  const agent = await connectedAgent(suite.hub, { capabilities: ['git', 'welding'] });
  const { name } = agent.machine;
  await page.goto(`/agents?q=name:${name}`);
  const head = (label: string) => page.getByRole('columnheader', { name: label });
  const overflow = () =>
    page.locator('.agents-rows').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  await head('Last 20').waitFor();
  expect(await overflow()).toBe(0);
  expect(await head('Capabilities').count()).toBe(0);
  await page.getByRole('button', { name: 'Sort', exact: true }).waitFor();
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('complementary', { name: 'Agent' }).getByText('welding').waitFor();
  expect(await overflow()).toBe(0);
  for (const width of [1200, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await overflow(), `${width} px`).toBe(0);
  }
  await page.getByRole('complementary', { name: 'Agent' }).getByRole('button', { name: 'Close' }).click();
  await head('Capabilities').waitFor();
  expect(await overflow()).toBe(0);
  expect(person.complaints).toEqual([]);
  await agent.close();
});
