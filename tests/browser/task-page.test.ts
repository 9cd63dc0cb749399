// The page of one task in a real browser, on a real hub: what an agent prints and asks, what it has changed, and what can be done about it.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AgentSocket } from '../support/agent-socket.js';
import { BrowserSuite } from '../support/browser-suite.js';
import { type Attempt, completion, connectedAgent, failure, question, workingOn } from '../support/on-hub.js';
import { Origin } from '../support/origin.js';
import { Sidecar } from '../support/sidecar.js';

const EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
const ESC = '\u001b';

const suite = new BrowserSuite();

async function says(agent: AgentSocket, attempt: Attempt, outputSeq: number, data: string): Promise<void> {
  agent.send({ type: 'task.output', ...attempt, outputSeq, stream: 'agent', data });
  await agent.next((frame) => frame.type === 'task.output.ack' && Number(frame.outputSeq) >= outputSeq);
}

test('the log of a working task is live, in colour, and nothing but text', async () => {
  const person = await suite.owner();
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, { title: EVIL, prompt: EVIL, labels: { evil: '<b>x' } });
  await agent.ok({ type: 'task.progress', ...attempt, seq: 1, note: EVIL });
  await page.goto('/tasks');
  await page.getByRole('row', { name: /img src/ }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: EVIL, level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/tasks/${attempt.task}`);

  const log = page.getByRole('region', { name: 'Log' });
  await says(agent, attempt, 1, `${ESC}[31mred${ESC}[0m ${EVIL}\n`);
  await log.locator('.ansi-red', { hasText: 'red' }).waitFor();
  await log.getByText(EVIL).waitFor();
  const commands = `${ESC}]0;pwned\u0007${ESC}]8;;javascript:alert(1)${ESC}\\link${ESC}]8;;${ESC}\\${ESC}[2J`;
  await says(agent, attempt, 2, `${commands}\u202eend\nerror: it broke\n`);
  await log.getByText('link·end').waitFor();
  await log.locator('.log-line.error', { hasText: 'it broke' }).waitFor();

  // Follows, lets go when somebody scrolls up, and says so.
  await says(agent, attempt, 3, Array.from({ length: 3_000 }, (_, i) => `line ${i + 4}\n`).join(''));
  await log.getByText('line 3003', { exact: true }).waitFor();
  expect(await log.locator('.log-line').count()).toBeLessThan(150);
  await log.evaluate((element) => {
    element.scrollTop = 0;
  });
  await page.getByText('Not following: you scrolled up.').waitFor();
  await says(agent, attempt, 4, 'one more\n');
  await page.getByRole('button', { name: '1 new line' }).click();
  await log.getByText('one more').waitFor();

  // Search, and the address of a line.
  await page.keyboard.press('/');
  await page.keyboard.type('line 1500');
  await page.getByText('0 of 1', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await log.locator('.log-line.marked', { hasText: 'line 1500' }).waitFor();
  expect(new URL(page.url()).hash).toBe('#g1L1500');
  expect(await person.barriers()).toEqual([]);
  await page.goto(`/tasks/${attempt.task}#g1L2000`);
  await log.locator('.log-line.marked', { hasText: 'line 2000' }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toBe(`task-${attempt.task}-g1.log`);

  expect(await page.title()).toBe('Task · AgentCom');
  expect(await page.locator('main script, main img').count()).toBe(0);
  for (const tab of ['Prompt', 'Events', 'JSON']) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tabpanel', { name: tab }).waitFor();
    expect(await page.locator('main script, main img').count()).toBe(0);
  }
  expect(person.complaints).toEqual([]);
  await agent.close();
});

test('a question is answered by a digit, and the agent at work gets a message', async () => {
  const person = await suite.owner({ width: 390, height: 844 });
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, { title: 'Ask me' });
  await agent.ok({ ...question(attempt), question: EVIL, choices: ['left', 'right'], context: 'At the fork.' });
  await page.goto(`/tasks/${attempt.task}`);
  await page.getByText('At the fork.').waitFor();
  // A long question is cut there, and covers nothing beside it.
  expect(await page.getByRole('region', { name: 'Timeline' }).evaluate((at) => at.scrollWidth - at.clientWidth)).toBe(
    0,
  );
  expect(await person.barriers()).toEqual([]);
  await page.keyboard.press('2');
  await agent.next((frame) => frame.type === 'task.answer' && frame.answer === 'right');
  await page.getByRole('heading', { name: 'Answered before' }).waitFor();

  await page.getByRole('button', { name: 'Message the agent' }).click();
  await page.getByLabel('Message', { exact: true }).fill('Mind the gap');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText(/^Sent to agent-/).waitFor();
  await agent.next((frame) => frame.type === 'message' && JSON.stringify(frame).includes('Mind the gap'));

  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByLabel('Reason').fill('enough');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByText('Cancelled', { exact: true }).waitFor();
  expect(await suite.hub.api.task(attempt.task)).toMatchObject({ state: 'cancelled', cancel: { reason: 'enough' } });
  expect(person.complaints).toEqual([]);
  await agent.close();
});

test('a dead task is edited and queued again, and another one like it is submitted', async () => {
  const person = await suite.owner();
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, { title: 'Fail', prompt: 'Try.', maxAttempts: 1, lane: 'low' });
  await agent.ok(failure(attempt, 'permanent'));
  await agent.close();
  await page.goto(`/tasks/${attempt.task}?tab=events`);
  await page.getByText('It failed.').first().waitFor();
  await page.getByRole('button', { name: 'Edit and requeue' }).click();
  await page.getByLabel('Prompt').fill('Try harder.');
  await page.getByLabel('Lane').selectOption('high');
  await page.getByRole('button', { name: 'Requeue', exact: true }).click();
  await page.getByText('Requeued: Fail.').waitFor();
  expect(await suite.hub.api.task(attempt.task)).toMatchObject({
    state: 'queued',
    prompt: 'Try harder.',
    lane: 'high',
  });
  await page.locator('.task-title').getByText('Queued').waitFor();

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Another like it' }).click();
  await page.getByLabel('Title').fill('Fail no more');
  await page.getByRole('button', { name: 'Submit the task' }).click();
  await page.getByRole('heading', { name: 'Fail no more' }).waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  expect(await suite.hub.api.task(id)).toMatchObject({ prompt: 'Try harder.', lane: 'high', maxAttempts: 1 });
  expect(person.complaints).toEqual([]);
});

/** Makes a file with a name and a text that nobody should trust. */
const AGENT = `
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
writeFileSync('a.txt', 'one\\ntwo <b>bold</b>\\n');
writeFileSync('<img src=x>.txt', ${JSON.stringify(EVIL)} + '\\n');
execFileSync('git', ['add', '--all']);
execFileSync('git', ['commit', '--quiet', '-m', 'Work']);
`;

test('a comment on a line of the diff becomes a follow-up task', async () => {
  const person = await suite.owner();
  const { page } = person;
  const program = suite.sandbox.path('agent.mjs');
  writeFileSync(program, AGENT);
  const sidecar = await Sidecar.join(suite.sandbox, suite.hub.api, 'worker', { argv: [process.execPath, program] });
  const origin = await Origin.make(suite.sandbox.path('origin'), { 'a.txt': 'one\n' });
  const { id } = await suite.hub.api.submit({
    title: 'Change',
    prompt: 'Go.',
    repo: { url: origin.url, base: 'main' },
  });
  await page.goto(`/tasks/${id}?tab=diff`);
  await page.getByText('Completed', { exact: true }).waitFor({ timeout: 60_000 });
  await sidecar.child.stop();
  await page.getByText('two <b>bold</b>').waitFor();
  await page.getByText(EVIL).waitFor();
  expect(await page.locator('main b:has-text("bold"), main img').count()).toBe(0);
  expect(await person.barriers()).toEqual([]);

  await page.getByRole('region', { name: 'a.txt' }).getByRole('button', { name: 'Comment on line 2' }).click();
  await page.getByLabel('Comment', { exact: true }).fill('No bold, please.');
  await page.getByRole('button', { name: 'Add comment' }).click();
  // A look at another tab loses nothing.
  await page.getByRole('tab', { name: /^Log/ }).click();
  await page.getByRole('tab', { name: /^Diff/ }).click();
  await page.getByText('No bold, please.').waitFor();
  await page.getByRole('button', { name: 'Submit as a follow-up task' }).click();
  await page.getByRole('button', { name: 'Open it' }).click();
  await page.getByRole('heading', { name: 'Comments on: Change' }).waitFor();
  const followUp = await suite.hub.api.task(new URL(page.url()).pathname.split('/').at(-1) ?? '');
  expect(followUp).toMatchObject({ dependsOn: [id], baseFromParent: true });
  expect(followUp.prompt).toContain('No bold, please.');
  expect(followUp.prompt).toContain('two <b>bold</b>');
  await suite.hub.api.need('POST', `/tasks/${followUp.id}/cancel`, {});
  expect(person.complaints).toEqual([]);
});

test('the command that submits it again is what a shell takes', async () => {
  const person = await suite.owner();
  const { page } = person;
  await person.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { id } = await suite.hub.api.submit({ title: "it's $(id)", prompt: 'a\nb', needs: ['gpu'] });
  await page.goto(`/tasks/${id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Copy as command' }).click();
  await page.getByText('The command is copied.').waitFor();
  const line = String(await page.evaluate('navigator.clipboard.readText()'));
  const words = execFileSync('sh', ['-c', `agentcom() { printf '%s\\0' "$@"; }\n${line}`], { encoding: 'utf8' });
  expect(words.split('\0')).toEqual(expect.arrayContaining(['submit', '--prompt=a\nb', '--needs=gpu', "it's $(id)"]));
  expect(person.complaints).toEqual([]);
});

test('what is not there is said, and a finished task shows how it ended', async () => {
  const { page } = await suite.owner();
  await page.goto('/tasks/01900000-0000-7000-8000-000000000000');
  await page.getByRole('heading', { name: 'Task not found' }).waitFor();
  for (const wrong of ['not-an-id', 'ffff', '01900000-0000-7000-8000-00000000000z']) {
    await page.goto(`/tasks/${wrong}`);
    await page.getByRole('heading', { name: 'Task not found' }).waitFor();
  }
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, { title: 'Done soon' });
  await agent.ok(completion(attempt, 1, 'All is well.'));
  await page.goto(`/tasks/${attempt.task}`);
  await page.getByText('This attempt has printed nothing.').waitFor();
  await page.getByRole('region', { name: 'Summary' }).getByText('All is well.').waitFor();
  await page.goto(`/tasks/${attempt.task.slice(-8)}?tab=json`);
  await page.getByRole('heading', { name: 'Done soon' }).waitFor();
  expect(page.url()).toBe(`${suite.hub.url}/tasks/${attempt.task}?tab=json`);
  await suite.hub.api.submit({ title: 'Done later' });
  await page.goto(`/tasks/${attempt.task.slice(0, 4)}`);
  await page.getByRole('link', { name: 'Done later' }).waitFor();
  await agent.close();
});
