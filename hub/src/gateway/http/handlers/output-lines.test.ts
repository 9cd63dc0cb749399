// Lines of output over HTTP: of which attempt, and what is refused.

import type { OutputLines } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestHub } from '../fixture.js';

let hub: TestHub;
let key: string;

beforeEach(async () => {
  hub = await TestHub.start();
  key = (await hub.key('owner')).secret;
});

afterEach(() => hub.stop());

const ask = (task: string, query = '', as = key) =>
  hub.call<OutputLines>('GET', `/tasks/${task}/output/lines${query}`, { key: as });

const print = (outputSeq: number, data: string) =>
  hub.output.push({ generation: 1, outputSeq, stream: 'agent', at: new Date(0).toISOString(), data });

test('a task that nobody has begun has none', async () => {
  const task = await hub.submit('key:x');
  const { status, body } = await ask(task);
  expect({ status, body }).toMatchObject({ status: 200, body: { items: [], lines: 0, counted: true, cursor: null } });
  expect(body).not.toHaveProperty('generation');
});

test('they are those of the newest attempt, by their numbers or by a text, also from the archive', async () => {
  print(1, 'one\ntwo\nthr');
  print(2, 'ee\n');
  const dead = await hub.deadTask('key:x');
  expect(await ask(dead, '?from=2&limit=1')).toMatchObject({
    status: 200,
    body: { generation: 1, items: [{ line: 2, text: 'two' }], next: 3, lines: 3, cursor: '1.2' },
  });
  expect((await ask(dead, '?q=THREE')).body.items).toEqual([{ line: 3, stream: 'agent', text: 'three' }]);
  expect((await ask(dead, '?last=2')).body.items).toHaveLength(2);
  await hub.decide({ type: 'dead.discard', org: 'default', task: dead, by: 'test', reason: 'enough' });
  await hub.archive(dead);
  expect((await ask(dead, '?generation=1')).body.lines).toBe(3);
});

test.each(['?from=0', '?limit=1001', '?last=0', '?q=', '?lines=1', '?generation=0'])('%s is refused', async (query) => {
  expect((await ask(await hub.submit('key:x'), query)).status).toBe(400);
});

test('a task of another organisation is none', async () => {
  const task = await hub.submit('key:x', 'other');
  expect(await ask(task)).toMatchObject({ status: 404, body: { code: 'task.not_found' } });
});
