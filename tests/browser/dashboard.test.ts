// The dashboard in a real browser, on a real hub: what a newcomer does, and what every page keeps to.

import type { HaltPage } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { AgentSocket } from '../support/agent-socket.js';
import type { Theme } from '../support/browser.js';
import { BrowserSuite } from '../support/browser-suite.js';
import { completion, connectedAgent, offerOf, workingOn } from '../support/on-hub.js';

const PASSWORD = 'correct horse battery';
/** Of the first view, compressed: the page and everything that it loads before anybody can use it. */
const FIRST_VIEW_BYTES = 100 * 1024;

const suite = new BrowserSuite({ AGENTCOM_REGISTRATION: 'open' });

test('a newcomer registers, joins an agent, submits a task and sees it completed', async () => {
  const person = await suite.person();
  const { page } = person;
  await page.goto('/');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail').fill('ada@example.org');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Organisation', { exact: true }).fill('acme');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByRole('heading', { name: 'Get started' }).waitFor();

  await page.getByRole('button', { name: 'Make a join line' }).click();
  const line = (await page.getByText(/^AGENTCOM_TOKEN=/).textContent()) ?? '';
  const token = /^AGENTCOM_TOKEN=(\S+)/.exec(line)?.[1] ?? '';
  const machine = await suite.hub.api.enrolWith(token, 'builder');
  await page.getByText('builder').waitFor();
  const agent = await AgentSocket.join(suite.hub.url, machine);
  await page.getByText('Idle').waitFor();

  await page.getByLabel('Title').fill('Say hello');
  await page.getByLabel('Prompt').fill('Say hello to the world.');
  await page.getByRole('button', { name: 'Submit the task' }).click();
  const id = await page.waitForURL(/[?&]task=/).then(() => new URL(page.url()).searchParams.get('task') ?? '');
  const attempt = await offerOf(agent, id);
  await agent.ok({ type: 'task.accept', ...attempt });
  // The agent works as well.
  await page.locator('.card').getByText('Working', { exact: true }).waitFor();
  await agent.ok({ ...completion(attempt, 1, 'Hello, world.') });
  await page.getByText('Completed', { exact: true }).waitFor();
  await page.getByText('Hello, world.').waitFor();

  await page.getByRole('link', { name: 'See all tasks' }).click();
  await page.getByRole('row', { name: /Say hello/ }).waitFor();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(person.complaints).toEqual([]);
  await agent.close();
});

test('what is wrong with a form stands beside the field, with the next step', async () => {
  const { page } = await suite.person();
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill('nobody@example.org');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Try again. If you forgot the password').waitFor();

  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Your name').fill('Eve');
  await page.getByLabel('E-mail').fill('no address@example');
  const email = page.getByLabel('E-mail');
  await email.evaluate((input) => input.setAttribute('type', 'text'));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Organisation', { exact: true }).fill('eve');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByText('must be an e-mail address').waitFor();
  expect(await email.getAttribute('aria-invalid')).toBe('true');
  expect(await email.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true);
});

test('tasks are filtered, looked into and cancelled by keyboard alone', async () => {
  const person = await suite.owner();
  const { page } = person;
  const doomed = await suite.hub.api.submit({ title: 'Nobody can do this', needs: ['gpu'] });
  await suite.hub.api.submit({ title: 'Nor this', needs: ['gpu'], lane: 'low' });
  await page.goto('/');
  await page.getByRole('row', { name: /Nor this/ }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('state:queued -lane:low');
  await page.locator('#main').getByText('1 task', { exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get('q')).toBe('state:queued -lane:low');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('Space');
  await page.getByRole('heading', { name: 'Prompt' }).waitFor();
  await page
    .getByRole('complementary', { name: 'Task' })
    .getByText(/offers gpu|no agent/)
    .waitFor();
  await page.getByRole('row', { name: /Nobody can do this .*(offers gpu|no agent)/ }).waitFor();
  await page.keyboard.press('x');
  await page.getByRole('toolbar').getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Reason').waitFor();
  await page.keyboard.type('not worth it');
  await page.keyboard.press('Enter');
  await page.getByText('Cancelled 1 of 1').first().waitFor();
  expect(await suite.hub.api.task(doomed.id)).toMatchObject({ state: 'cancelled', cancel: { reason: 'not worth it' } });
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.getByRole('heading', { name: 'Get started' }).waitFor();
  expect(person.complaints).toEqual([]);
});

test('a task is submitted with more options, and what is wrong with one stands beside it', async () => {
  const { page } = await suite.owner();
  await page.goto('/tasks');
  await page.getByRole('button', { name: 'New task' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Title').fill('With options');
  await form.getByLabel('Prompt').fill('Do it, later and cheaply.');
  await form.getByText('More options').click();
  await form.getByLabel('Lane').selectOption('low');
  await form.getByLabel('Cost limit').fill('2,50');
  await form.getByLabel('Not before').fill('2099-01-31T12:00');
  await form.getByLabel('Labels').fill('team');
  await form.getByText('More options').click();
  await form.getByRole('button', { name: 'Submit the task' }).click();
  await form.getByText('must be NAME=VALUE pairs').waitFor();
  await form.getByLabel('Labels').fill('team=shop');
  await form.getByRole('button', { name: 'Submit the task' }).click();
  await form.waitFor({ state: 'detached' });
  const { items } = await suite.hub.api.need<{ items: readonly { id: string }[] }>('GET', '/tasks?q=label:team=shop');
  const task = await suite.hub.api.need('GET', `/tasks/${items[0]?.id}`);
  expect(task).toMatchObject({ lane: 'low', budget: { costMicros: 2_500_000 }, labels: { team: 'shop' } });
  expect(task).toMatchObject({ state: 'scheduled', notBefore: expect.stringMatching(/^2099-01-31T/) });
});

test('a task that is to start later says when', async () => {
  const { page } = await suite.owner();
  await suite.hub.api.submit({ title: 'Send the report', needs: ['gpu'], notBefore: '2099-01-01T08:00:00Z' });
  await page.goto('/tasks');
  await page.getByRole('row', { name: /Send the report .*starts at 1 Jan 2099, 08:00:00 UTC/ }).waitFor();
});

test('times are those of where somebody is, or UTC once they choose that', async () => {
  const { page } = await suite.owner({ timezone: 'Asia/Kolkata' });
  await suite.hub.api.submit({ title: 'Count the stock', needs: ['gpu'], notBefore: '2098-12-31T20:00:00Z' });
  const there = page.getByRole('row', { name: /Count the stock .*starts at 1 Jan 2099, 01:30:00 GMT\+5:30/ });
  const utc = page.getByRole('row', { name: /Count the stock .*starts at 31 Dec 2098, 20:00:00 UTC/ });
  await page.goto('/tasks');
  await there.waitFor();
  await page.getByRole('button', { name: 'Account and settings' }).click();
  await page.getByText('UTC', { exact: true }).click();
  await utc.waitFor();
  await page.reload();
  await utc.waitFor();
});

test('a query that cannot be read is explained, and changes nothing', async () => {
  const { page } = await suite.owner();
  await page.goto('/tasks');
  await page.getByRole('combobox', { name: 'Filter tasks' }).fill('stat:queued');
  await page.keyboard.press('Escape');
  await page.getByText('there is no key stat; did you mean state?').waitFor();
  expect(new URL(page.url()).search).toBe('');
});

test('no text of a stranger becomes more than text', async () => {
  const person = await suite.owner();
  const { page } = person;
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, {
    title: evil,
    labels: { evil: '<b>x' },
    prompt: `${evil}\u001b]0;x\u0007`,
  });
  await agent.ok({ type: 'task.progress', ...attempt, seq: 1, note: evil });
  await page.goto(`/tasks?peek=${attempt.task}`);
  await page.getByRole('heading', { name: evil }).waitFor();
  await page.getByRole('complementary').getByText(evil).nth(1).waitFor();
  expect(await page.title()).toBe('Tasks · AgentCom');
  expect(await page.locator('main script, main img').count()).toBe(0);
  expect(person.complaints).toEqual([]);
  await agent.close();
});

test('a halt stops the queue from any page, and ends there', async () => {
  const { page } = await suite.owner({ width: 390, height: 844 });
  await page.goto('/tasks');
  await page.getByRole('button', { name: 'Halt', exact: true }).click();
  await page.getByLabel('Reason').fill('the bill');
  await page.getByRole('dialog').getByRole('button', { name: 'Halt', exact: true }).click();
  await page.getByRole('button', { name: 'Halted', exact: true }).click();
  await page.getByRole('dialog').getByText('the bill').waitFor();
  await page.getByRole('button', { name: 'End this halt' }).click();
  await page.getByText('Nothing is halted.').waitFor();
});

test('a repository is halted with all that runs, seen and resumed on a phone, after a look at how much it is', async () => {
  const { page, complaints } = await suite.owner({ width: 390, height: 844 });
  const repo = 'https://git.example.com/halted.git';
  await suite.hub.api.submit({ title: 'Paint the house', prompt: 'Do it.', repo: { url: repo } });
  await page.goto('/tasks');
  await page.getByRole('button', { name: 'Halt', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What to halt').selectOption('repo');
  const halt = dialog.getByRole('button', { name: 'Halt', exact: true });
  expect(await halt.isDisabled()).toBe(true);
  await dialog.getByLabel('Repository').fill('https://git.example.com/haltde.git');
  await dialog.getByText('No task, agent or cost here has that name.').waitFor();
  await dialog.locator(`datalist option[value="${repo}"]`).waitFor({ state: 'attached' });
  await dialog.getByLabel('Repository').fill(repo);
  await dialog.getByText('0 tasks with agents now, 1 waiting.').waitFor();
  await dialog.getByLabel('How much').selectOption('running');
  await dialog.getByLabel('Reason').fill('the build is broken');
  await dialog.getByLabel('Ends').selectOption('3600');
  await halt.click();
  const { items } = await suite.hub.api.need<HaltPage>('GET', '/halts');
  expect(items).toMatchObject([
    { scope: { kind: 'repo', value: repo }, strength: 'running', reason: 'the build is broken' },
  ]);
  await page.getByRole('button', { name: 'Halted', exact: true }).click();
  await dialog.getByText(repo, { exact: true }).waitFor();
  await dialog.getByText('all work stopped').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  await dialog.getByRole('button', { name: 'End this halt' }).click();
  await dialog.getByText('Nothing is halted.').waitFor();
  expect((await suite.hub.api.need<HaltPage>('GET', '/halts')).items).toEqual([]);
  expect(complaints).toEqual([]);
});

test('the page is small, kept by the browser, and strict about what it loads', async () => {
  const { page } = await suite.person();
  const loaded: string[] = [];
  page.on('response', (response) => loaded.push(new URL(response.url()).pathname));
  await page.goto('/sign-in');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  let bytes = 0;
  for (const path of new Set(loaded.filter((one) => !one.startsWith('/api/')))) {
    const headers = { 'accept-encoding': 'gzip', accept: 'text/html' };
    const response = await rawGet(`${suite.hub.url}${path}`, headers);
    bytes += response.bytes;
    if (path.startsWith('/assets/')) expect(response.headers['cache-control']).toContain('immutable');
  }
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(FIRST_VIEW_BYTES);
  const { headers } = await rawGet(`${suite.hub.url}/tasks`, { accept: 'text/html' });
  expect(headers).toMatchObject({
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  });
  const missing = await rawGet(`${suite.hub.url}/api/v1/nothing`, { accept: 'text/html' });
  expect([missing.status, missing.headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8']);
});

const PAGES = [
  ['/sign-in', 'Sign in'],
  ['/start', 'Get started'],
  ['/tasks', 'Tasks'],
  ['/agents', 'Agents'],
  ['/needs-you', 'Needs you'],
  ['/dead-letters', 'Dead letters'],
  ['/operations', 'Operations'],
  ['/costs', 'Costs'],
  ['/alerts', 'Alerts'],
  ['/alerts?tab=rules', 'Alerts'],
  ['/messages', 'Messages'],
  ['/system', 'System'],
  ['/settings', 'Settings'],
  ['/settings?tab=keys', 'Settings'],
  ['/settings?tab=machines', 'Settings'],
  ['/settings?tab=notifications', 'Settings'],
  ['/settings?tab=limits', 'Settings'],
  ['/settings?tab=config', 'Settings'],
  ['/account', 'Your account'],
  ['/nowhere', 'Nothing here'],
] as const;

const THEMES: readonly Theme[] = ['light', 'dark'];

test.each([1440, 390])('nobody is kept out by how the pages are made, %i px wide, in light and dark', async (width) => {
  // So high that nothing is scrolled: what the navigation covers until then says nothing about the page.
  const view = { width, height: 3_000 };
  const person = await suite.owner(view);
  const stranger = await suite.person(view);
  for (const [path, name] of PAGES) {
    const looking = path === '/sign-in' ? stranger : person;
    const { page } = looking;
    await page.goto(path);
    await page.getByRole('heading', { name, exact: true }).waitFor();
    if (path === '/tasks' || path === '/agents') await page.getByRole('row').nth(1).waitFor();
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      expect(await looking.barriers(), `${path} in ${theme}`).toEqual([]);
    }
  }
  expect([...person.complaints, ...stranger.complaints]).toEqual([]);
});

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** As it goes over the wire: `fetch` would decompress it. */
async function rawGet(url: string, headers: Readonly<Record<string, string>>): Promise<Raw> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          bytes,
        }),
      );
    }).on('error', reject);
  });
}
