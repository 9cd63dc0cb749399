// What waits for a person, seen and done in a real browser on a real hub: a question answered, a dead letter mended, an alert taken on.

import { join } from 'node:path';
import type { AlertPage, TaskView } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { BrowserSuite } from '../support/browser-suite.js';
import { REPOSITORY } from '../support/cli.js';
import { completion, connectedAgent, failure, offerOf, question, workingOn } from '../support/on-hub.js';
import { Origin } from '../support/origin.js';
import { Sidecar } from '../support/sidecar.js';
import { eventually } from '../support/wait.js';

const ASKING = join(REPOSITORY, 'tests', 'fixtures', 'asking-agent.mjs');
const PHONE = { width: 390, height: 844 };

const suite = new BrowserSuite();

test('a question of an agent is answered by a digit, and the work completes', async () => {
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/needs-you');
  await page.getByRole('heading', { name: 'Nothing needs you' }).waitFor();
  const origin = await Origin.make(suite.sandbox.path('origin.git'));
  const sidecar = await Sidecar.join(suite.sandbox, suite.hub.api, 'tern', {
    capabilities: ['git'],
    argv: [process.execPath, ASKING],
  });
  const { id } = await suite.hub.api.submit({
    title: 'Paint the fence',
    prompt: 'colour.txt\n',
    repo: { url: origin.url, base: 'main' },
    needs: ['agent:tern'],
  });
  await page.getByText('Which colour?').waitFor();
  await page.getByRole('button', { name: 'blue' }).waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('2');
  await page.getByText('Answered: Paint the fence.').waitFor();
  await page.getByRole('heading', { name: 'Nothing needs you' }).waitFor();
  const { answers } = await suite.hub.api.taskIn(id, ['completed'], 30_000);
  expect(answers).toMatchObject([{ question: 'Which colour?', answer: 'blue' }]);
  expect(person.complaints).toEqual([]);
  await sidecar.kill9();
});

test('what is snoozed is gone until it is brought back', async () => {
  const { page } = await suite.owner(PHONE);
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, { title: 'Choose a road' });
  await agent.ok({ type: 'task.block', ...attempt, seq: 1, questionId: 'q1', question: 'Which way?' });
  await page.goto('/');
  await page.getByRole('heading', { name: 'Choose a road' }).waitFor();
  await page.getByRole('button', { name: 'Snooze Choose a road' }).click();
  await page.getByRole('button', { name: '4 hours' }).click();
  await page.getByRole('heading', { name: 'Nothing needs you' }).waitFor();
  await page.reload();
  await page.getByText('1 is snoozed in this browser.').waitFor();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.getByRole('textbox', { name: 'Your answer' }).fill('To the left.');
  await page.getByRole('button', { name: 'Answer', exact: true }).click();
  const { answer } = await agent.next((frame) => frame.type === 'task.answer');
  expect(answer).toBe('To the left.');
  await agent.ok(completion(attempt, 2));
  await agent.close();
});

test('the questions of one repository are answered apart from the others, and work that no agent is there for is told', async () => {
  const person = await suite.owner();
  const { page } = person;
  const repos = ['shed', 'barn'].map((name) => ({ url: `https://git.example.org/farm/${name}.git` }));
  const agents = await Promise.all(repos.map(() => connectedAgent(suite.hub)));
  const asked: string[] = [];
  for (const [i, agent] of agents.entries()) {
    const title = `Paint the ${i === 0 ? 'shed' : 'barn'}`;
    const attempt = await workingOn(suite.hub, agent, { title, ...(repos[i] && { repo: repos[i] }) });
    asked.push(attempt.task);
    const choices = ['green', 'blue'];
    await agent.ok({ type: 'task.block', ...attempt, seq: 1, questionId: 'q1', question: 'Which colour?', choices });
  }
  await page.goto('/needs-you');
  await page.getByRole('heading', { name: 'Paint the shed' }).waitFor();
  await page.getByRole('heading', { name: 'Paint the barn' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('repo:b');
  await page.getByRole('option', { name: 'farm/barn' }).click();
  await page.getByRole('heading', { name: 'Paint the shed' }).waitFor({ state: 'detached' });
  await page.waitForURL((url) => url.searchParams.get('q') === 'repo:farm/barn');
  await page.getByText('1 matches').waitFor();
  expect(await person.barriers()).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('2');
  await page.getByText('Answered: Paint the barn.').waitFor();
  await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  await page.locator('#main').getByRole('button', { name: 'Clear' }).last().click();
  await page.getByRole('heading', { name: 'Paint the shed' }).waitFor();

  const { id } = await suite.hub.api.submit({ title: 'Weld the gate', needs: ['welding'] });
  await page.getByRole('button', { name: '1 new' }).click();
  await page.getByText('no agent here can take this; wanted: welding').waitFor();
  await page.getByRole('link', { name: 'See why' }).click();
  await page.getByRole('heading', { name: 'Weld the gate' }).waitFor();
  for (const one of [...asked, id]) await suite.hub.api.need('POST', `/tasks/${one}/cancel`, {});
  await Promise.all(agents.map((agent) => agent.close()));
  expect(person.complaints).toEqual([]);
});

test('a dead letter is edited and requeued, and completes; the rest of its group is discarded', async () => {
  const person = await suite.owner();
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  const died: string[] = [];
  for (const title of ['Mend the roof', 'Paint the roof', 'Sell the roof']) {
    const attempt = await workingOn(suite.hub, agent, { title, prompt: 'With a hammer.' });
    await agent.ok(failure(attempt, 'permanent'));
    died.push(attempt.task);
  }
  const [first = '', second = '', third = ''] = died;
  await page.goto('/dead-letters');
  await page.getByRole('button', { name: /test\.failed/ }).click();
  await page.getByRole('heading', { name: '3 dead letters' }).waitFor();
  expect(await person.barriers()).toEqual([]);
  await page.getByRole('button', { name: 'More: Mend the roof' }).click();
  await page.getByRole('button', { name: 'Edit and requeue' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('It failed.').waitFor();
  expect(await person.barriers()).toEqual([]);
  await dialog.getByLabel('Attempts').fill('none');
  await dialog.getByRole('button', { name: 'Requeue' }).click();
  await dialog.getByText('must be a number').waitFor();
  await dialog.getByLabel('Attempts').fill('2');
  await dialog.getByLabel('Prompt').fill('With a ladder.');
  await dialog.getByLabel('Lane').selectOption('high');
  await dialog.getByRole('button', { name: 'Requeue' }).click();
  await page.getByText('Requeued: Mend the roof.').waitFor();
  const attempt = await offerOf(agent, first);
  await agent.ok({ type: 'task.accept', ...attempt });
  await agent.ok(completion(attempt));
  expect(await suite.hub.api.taskIn(first, ['completed'])).toMatchObject({
    prompt: 'With a ladder.',
    lane: 'high',
    maxAttempts: 2,
  });

  await page.getByRole('heading', { name: '2 dead letters' }).waitFor();
  await page.getByRole('button', { name: 'Discard 2…' }).click();
  await page.getByRole('heading', { name: 'Discard 2 dead letters?' }).waitFor();
  await page.getByLabel('Reason').fill('the house is sold');
  await page.getByRole('button', { name: 'Discard', exact: true }).click();
  await page.getByText('Discarded 2 of 2').first().waitFor();
  for (const id of [second, third]) {
    const { cancel } = await suite.hub.api.taskIn(id, ['cancelled']);
    expect(cancel).toMatchObject({ cause: 'discarded', reason: 'the house is sold' });
  }
  await page.getByRole('heading', { name: 'No dead letters' }).waitFor();
  expect(person.complaints).toEqual([]);
  await agent.close();
});

test('a group is requeued with another model, each once', async () => {
  const { page } = await suite.owner();
  const agent = await connectedAgent(suite.hub);
  const died: string[] = [];
  for (const title of ['One', 'Two']) {
    const attempt = await workingOn(suite.hub, agent, { title });
    await agent.ok(failure(attempt, 'permanent'));
    died.push(attempt.task);
  }
  await agent.close();
  await page.goto('/needs-you');
  await page.getByRole('button', { name: 'Requeue…' }).click();
  await page.getByRole('heading', { name: 'Requeue 2 dead letters?' }).waitFor();
  await page.getByLabel('Model').fill('another');
  await page.getByRole('button', { name: 'Requeue', exact: true }).click();
  await page.getByText('Requeued 2 of 2').first().waitFor();
  for (const id of died) {
    const { model, state, history }: TaskView = await suite.hub.api.task(id);
    expect([model, state]).toEqual(['another', 'queued']);
    expect(history.filter(({ event }) => event === 'requeued')).toHaveLength(1);
    await suite.hub.api.need('POST', `/tasks/${id}/cancel`, {});
  }
});

test('an alert of a real fault is acknowledged on a phone, and a limit is changed while the hub runs', async () => {
  const person = await suite.owner(PHONE);
  const { page } = person;
  await suite.hub.api.need('PATCH', '/config', { alerts: { evaluateSeconds: 1 } });
  const agent = await connectedAgent(suite.hub);
  const attempt = await workingOn(suite.hub, agent, { title: 'Ask for an answer' });
  await agent.ok(question(attempt));
  await page.goto('/alerts?tab=rules');
  await page.getByRole('button', { name: 'Edit QuestionWaiting' }).click();
  const dialog = page.getByRole('dialog');
  const limit = dialog.locator('[name=waitSeconds]');
  expect(await limit.inputValue()).toBe('15 min');
  await limit.fill('0 s');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('must be from 1 s to 7 d').waitFor();
  expect(await limit.getAttribute('aria-invalid')).toBe('true');
  await limit.fill('1 s');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Changed: QuestionWaiting.').waitFor();

  await eventually('the alert', 60_000, async () => {
    const { items } = await suite.hub.api.need<AlertPage>('GET', '/alerts?rule=QuestionWaiting&state=firing');
    return items[0];
  });
  await page.getByRole('link', { name: 'Needs you' }).click();
  const asked = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Ask for an answer' }) });
  await asked.getByRole('link', { name: 'QuestionWaiting' }).waitFor();
  await asked.getByRole('button', { name: 'Acknowledge QuestionWaiting' }).waitFor();
  expect(await page.getByRole('heading', { name: 'QuestionWaiting' }).count()).toBe(0);
  expect(await person.barriers()).toEqual([]);
  await page.goto('/alerts');
  const alert = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'QuestionWaiting' }) });
  await alert.getByText('limit 1 s').first().waitFor();
  await alert.getByRole('button', { name: 'Runbook' }).click();
  await alert.getByText('An agent has asked a question and waits').waitFor();
  expect(await person.barriers()).toEqual([]);
  await alert.getByRole('button', { name: 'Acknowledge' }).click();
  await alert.getByText('Acknowledged by you').waitFor();
  const wider = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  expect(await page.evaluate(wider)).toBe(0);
  await alert.getByRole('button', { name: 'Silence…' }).click();
  await page.getByLabel('Reason').fill('it is known');
  await page.getByRole('button', { name: 'Silence', exact: true }).click();
  await alert.getByText('Silenced', { exact: true }).waitFor();
  await page.goto('/needs-you');
  await page.getByRole('heading', { name: 'Ask for an answer' }).waitFor();
  expect(await page.getByText('QuestionWaiting').count()).toBe(0);
  expect(person.complaints).toEqual([]);
  await agent.close();
});

test('dead letters are sorted by the heads of their columns, and on a phone by a menu', async () => {
  const person = await suite.owner();
  const { page } = person;
  const agent = await connectedAgent(suite.hub);
  for (const code of ['sort.many', 'sort.one', 'sort.many']) {
    const attempt = await workingOn(suite.hub, agent, { title: `Fail with ${code}`, maxAttempts: 1 });
    await agent.ok({ ...failure(attempt, 'permanent'), error: { class: 'permanent', code, message: 'It failed.' } });
  }
  await agent.close();
  await page.goto('/dead-letters?q=code:sort.many,sort.one');
  const [many, one] = ['sort.many', 'sort.one'];
  const codes = async () => page.locator('tbody tr[data-row] .title').allTextContents();
  await expect.poll(codes).toEqual([many, one]);
  const head = (name: string) => page.getByRole('columnheader', { name }).getByRole('button');
  for (const [name, sort, sorted] of [
    ['Tasks', '-count', [many, one]],
    ['Tasks', 'count', [one, many]],
    ['First', 'first', [one, many]],
    ['First', '-first', [many, one]],
  ] as const) {
    await head(name).click();
    await expect.poll(codes).toEqual(sorted);
    expect(new URL(page.url()).searchParams.get('sort')).toBe(sort);
  }
  await page.setViewportSize(PHONE);
  for (const [order, sort, sorted] of [
    ['First failed', 'first', [one, many]],
    ['Most tasks', '-count', [many, one]],
    ['Reversed', 'count', [one, many]],
  ] as const) {
    await page.getByRole('button', { name: 'Sort', exact: true }).click();
    await page.getByRole('button', { name: order, exact: true }).click();
    await expect.poll(codes).toEqual(sorted);
    expect(new URL(page.url()).searchParams.get('sort')).toBe(sort);
  }
  expect(await person.barriers()).toEqual([]);
  expect(person.complaints).toEqual([]);
});
