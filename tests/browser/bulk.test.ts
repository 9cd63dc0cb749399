// A thousand tasks cancelled from the page: counted, confirmed by their number, carried out by the hub while the page is left, and listed; and a move that is undone, also from the list of operations.

import type { TaskPage } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { BrowserSuite } from '../support/browser-suite.js';

const suite = new BrowserSuite();
const COUNT = 1_000;
const TOGETHER = 50;
const LOW = { title: 'Later', lane: 'low', needs: ['nobody'] } as const;

test('what a query matches is cancelled or moved by the hub, a move is undone, and all others stay', async () => {
  for (let at = 0; at < COUNT; at += TOGETHER) {
    const some = Array.from({ length: TOGETHER }, (_, i) => ({ title: `Task ${at + i}`, labels: { team: 'docs' } }));
    await Promise.all(some.map((spec) => suite.hub.api.submit({ ...spec, needs: ['nobody'] })));
  }
  const other = await suite.hub.api.submit({ title: 'Another', needs: ['nobody'] });
  const person = await suite.owner();
  const { page } = person;
  await page.goto('/tasks?q=label:team%3Ddocs');
  await page.locator('#main').getByText('1,000 tasks', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Act on all that match' }).click();
  await page.getByRole('button', { name: 'Cancel all that match…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel 1,000 tasks?' });
  await dialog.waitFor();
  expect(await person.barriers()).toEqual([]);
  await dialog.getByLabel('Reason').fill('the plan changed');
  await dialog.getByLabel('Type 1000 to confirm').fill('100');
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
  await dialog.getByText('must be 1000').waitFor();
  await dialog.getByLabel('Type 1000 to confirm').fill('1000');
  await dialog.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await page.getByRole('region', { name: 'Cancelled 1,000 of 1,000' }).waitFor();
  expect(await person.barriers()).toEqual([]);

  const list = (q: string) => suite.hub.api.need<TaskPage>('GET', `/tasks?count=1&limit=1&q=${encodeURIComponent(q)}`);
  expect(await list('label:team=docs state:cancelled')).toMatchObject({ total: COUNT });
  const [last] = (await list('label:team=docs')).items;
  expect(await suite.hub.api.task(last?.id ?? '')).toMatchObject({ cancel: { reason: 'the plan changed' } });
  expect(await suite.hub.api.task(other.id)).toMatchObject({ state: 'queued' });
  await page.getByRole('button', { name: 'Dismiss' }).click();

  const [kept, moved] = [await suite.hub.api.submit(LOW), await suite.hub.api.submit(LOW)];
  const laneOf = async (id: string) => (await suite.hub.api.task(id)).lane;
  await page.goto('/tasks?q=lane:low');
  await page.locator('#main').getByText('2 tasks', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Act on all that match' }).click();
  await page.getByRole('button', { name: 'Move all that match one lane up…' }).click();
  await page.getByRole('button', { name: 'Lane up', exact: true }).click();
  await page.getByRole('region', { name: 'Moved 2 of 2' }).waitFor();
  await page.getByText(/^Can be undone until \d\d:\d\d\.$/).waitFor();
  expect(await person.barriers()).toEqual([]);
  const body = { action: 'lane', to: 'urgent', tasks: [moved.id] };
  await suite.hub.api.operate('/tasks/actions', body);
  await page.getByRole('button', { name: 'Undo' }).click();
  const undone = page.getByRole('region', { name: 'Put back 1 of 2' });
  await undone.getByText('1 changed since and stay as they are.').waitFor();
  expect([await laneOf(kept.id), await laneOf(moved.id)]).toEqual(['low', 'urgent']);

  await undone.getByRole('link', { name: 'All operations' }).click();
  await page.getByRole('heading', { name: 'Operations', exact: true }).waitFor();
  const operation = (text: RegExp) => page.getByRole('listitem').filter({ hasText: text });
  await operation(/Undo: Move tasks one lane up.*What operation …\S+ did.*Put back 1 of 2.*by you/).waitFor();
  await operation(/Move tasks to the urgent lane.*1 task, named one by one.*Moved 1 of 1.*by you/).waitFor();
  await operation(/Move tasks one lane up.*All that match lane:low.*Moved 2 of 2/).waitFor();
  await operation(/Cancel tasks.*label:team=docs.*Cancelled 1,000 of 1,000.*the plan changed/).waitFor();
  await operation(/Move tasks to the urgent lane/)
    .getByRole('button', { name: /^Undo/ })
    .click();
  await operation(/Undo: Move tasks to the urgent lane.*Put back 1 of 1/).waitFor();
  expect(await laneOf(moved.id)).toBe('normal');
  expect(await person.barriers()).toEqual([]);
  expect(person.complaints).toEqual([]);
});
