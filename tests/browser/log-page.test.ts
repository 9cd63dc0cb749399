// A long log and the changed files on the page of a task, in a real browser, on a real hub.

import { expect, test } from 'vitest';
import { RARE, storeLog } from '../bench/stored-log.js';
import { BrowserSuite } from '../support/browser-suite.js';
import { completion, connectedAgent, failure, offerOf, sendDiff, workingOn } from '../support/on-hub.js';

const ORG = 'default';
const BYTES = 6_000_000;
const LINE = 40_000;

const suite = new BrowserSuite();

test('a long log is read by what is looked at, and searched by the hub', async () => {
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, { title: 'Print much' });
  const lines = await storeLog(suite.hub, { org: ORG, ...attempt }, BYTES);
  await agent.ok(completion(attempt));
  await agent.close();
  const person = await suite.owner();
  const { page } = person;
  let loaded = 0;
  page.on('response', async (response) => {
    if (response.url().includes('/output/lines')) loaded += (await response.json()).items.length;
  });
  await page.goto(`/tasks/${attempt.task}#g1L${LINE}`);
  const log = page.getByRole('region', { name: 'Log' });
  await log.locator('.log-line.marked', { hasText: `${RARE} ${LINE} took` }).waitFor();
  await page.getByText(`${lines.toLocaleString('en-GB')} lines`).waitFor();
  expect(loaded).toBeGreaterThan(0);
  expect(loaded).toBeLessThan(2_000);
  expect(await person.barriers()).toEqual([]);

  await page.keyboard.press('/');
  await page.keyboard.type(RARE.toUpperCase());
  await page.getByText(`${LINE / 1_000} of ${Math.floor(lines / 1_000)}`, { exact: true }).waitFor();
  await log
    .locator('.log-line.found mark', { hasText: new RegExp(`^${RARE}$`) })
    .first()
    .waitFor();
  expect(await person.barriers()).toEqual([]);
  await page.keyboard.press('Enter');
  await log.locator('.log-line.marked', { hasText: `${RARE} ${LINE + 1_000} took` }).waitFor();
  expect(new URL(page.url()).hash).toBe(`#g1L${LINE + 1_000}`);
  await page.keyboard.press('Shift+Enter');
  await log.locator('.log-line.marked', { hasText: `${RARE} ${LINE} took` }).waitFor();

  await log.evaluate((element) => {
    element.scrollTop = 0;
  });
  await log.getByText('step 1 took').waitFor();
  expect(await log.locator('.log-line.missing').count()).toBe(0);
  expect(await log.locator('.log-line').count()).toBeLessThan(150);
  expect(person.complaints).toEqual([]);
});

test('who reads an attempt stays with it when another begins, and who follows is led on', async () => {
  const agent = await connectedAgent(suite.hub);
  const first = await workingOn(suite.hub, agent, { title: 'Begin twice' });
  const lines = await storeLog(suite.hub, { org: ORG, ...first }, 100_000);
  const [reader, follower] = [await suite.owner(), await suite.owner()];
  await reader.page.goto(`/tasks/${first.task}`);
  const log = reader.page.getByRole('region', { name: 'Log' });
  const marked = log.locator('.log-line.marked', { hasText: `step ${lines - 10} took` });
  await log.locator(`[data-line="${lines - 10}"]`).click();
  await marked.waitFor();
  await reader.page.getByText('Not following.').waitFor();
  await follower.page.goto(`/tasks/${first.task}`);
  await follower.page.getByText(`step ${lines} took`).waitFor();

  // One refusal does not end a search.
  let refusals = 0;
  await reader.page.route(/output\/lines\?.*q=/, (route) =>
    refusals++ === 0 ? route.fulfill({ status: 503, body: '' }) : route.continue(),
  );
  await reader.page.getByRole('textbox', { name: 'Search the log' }).fill('step 262 took');
  await reader.page.getByText('0 of 1', { exact: true }).waitFor();
  expect(refusals).toBeGreaterThan(1);

  await agent.ok(failure(first, 'transient'));
  await suite.hub.api.need('POST', `/tasks/${first.task}/retry`, {});
  const second = await offerOf(agent, first.task);
  await agent.ok({ type: 'task.accept', ...second });
  const choice = ({ page }: typeof reader) => page.getByRole('combobox', { name: 'Attempt', exact: true });
  await expect.poll(() => choice(follower).inputValue()).toBe('2');
  expect(await choice(reader).inputValue()).toBe('1');
  await marked.waitFor();
  await reader.page.getByText('Not following').waitFor({ state: 'detached' });

  await choice(reader).selectOption('2');
  await reader.page.getByRole('button', { name: 'Following' }).waitFor();
  expect(new URL(reader.page.url()).hash).toBe('');
  await reader.page.goto(`/tasks/${first.task}#g1L5000`);
  await reader.page.getByText(`This attempt has ${lines.toLocaleString('en-GB')} lines.`).waitFor();
  await reader.page.goto(`/tasks/${first.task}#g9L5`);
  await reader.page.getByText('This task has no attempt 9.').waitFor();
  expect(await reader.barriers()).toEqual([]);
  await agent.ok(completion(second));
  await agent.close();
});

const FILES = ['src/web/page.ts', 'src/web/list.ts', 'docs/guide.md'];

test('changed files lead to their places in the diff, by keyboard', async () => {
  const person = await suite.owner();
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  const repo = { url: 'https://example.org/shop.git' };
  const attempt = await workingOn(suite.hub, agent, { title: 'Change files', repo });
  await sendDiff(
    agent,
    attempt,
    FILES.map((path) => ({ path, status: 'modified', added: [`in ${path}`] })),
  );
  await agent.ok(completion(attempt));
  await page.goto(`/tasks/${attempt.task}?tab=files`);
  const tree = page.getByRole('tree', { name: 'Changed files' });
  await tree.getByRole('treeitem', { name: /^src\/web\/\s*2 files/ }).waitFor();
  expect(await person.barriers()).toEqual([]);
  await page.keyboard.press('/');
  await page.keyboard.type('PAGE');
  await tree.getByText('list.ts').waitFor({ state: 'hidden' });
  for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
  await page.getByText('in src/web/page.ts').waitFor();
  expect(new URL(page.url()).search).toBe('?tab=diff&file=src%2Fweb%2Fpage.ts');
  await page.goBack();
  await tree.waitFor();

  const bare = await workingOn(suite.hub, agent, { title: 'No repository' });
  await agent.ok(completion(bare));
  await page.goto(`/tasks/${bare.task}?tab=files`);
  await page.getByText('This task works in no repository, so it changes no files.').waitFor();
  expect(person.complaints).toEqual([]);
  await agent.close();
});
