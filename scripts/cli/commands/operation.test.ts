import type { Operation } from '@agentcom/schemas';
import { afterEach, expect, test } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, problem, TASK, type TestHub, testHub, testWorld } from '../testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

const OTHER = TASK.replace(/.{4}$/, '0000');
const nothing = { refused: 0, codes: [], refusals: [] };
const begun = { startedAt: '2026-01-31T11:00:00Z', failures: [], done: 0 } as const;
const moved: Operation = {
  ...begun,
  ...{ id: TASK, org: 'default', kind: 'tasks', state: 'done', by: 'person:p', byName: 'Ada', done: 43, total: 43 },
  endedAt: '2026-01-31T11:01:00Z',
  tasks: { ...nothing, action: 'lane', to: 'up', q: 'state:queued', changed: 40, refused: 3 },
  undo: { until: '2026-01-31T12:30:00Z', tasks: 40 },
};
const backup: Operation = { ...begun, id: OTHER, kind: 'backup', state: 'running', by: 'hub', done: 1, total: 4 };

async function ran(args: readonly string[], columns = 120) {
  hub = await testHub(({ method, url }) => {
    if (method === 'GET') return { status: 200, body: { items: [moved, backup], nextCursor: null } };
    if (url.endsWith(`/${OTHER}/stop`)) return { status: 200, body: { ...backup, state: 'stopped' } };
    return url.endsWith(`/${TASK}/undo`) ? { status: 202, body: { ...moved, id: OTHER } } : problem(404, 'x', url);
  });
  const made = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, isTerminal: true });
  const world = { ...made, stdout: { ...made.stdout, columns } };
  const exit = await runCommandLine(world, args);
  return { exit, out: world.out().replace(/\u001b\[\d+m/g, ''), err: world.err(), received: hub.received };
}

test('lists what was done, to what, by whom, with what result, and whether it can be undone', async () => {
  const { exit, out, err } = await ran(['operation', 'list']);
  expect(exit).toBe(EXIT.done);
  expect(out).toMatch(/move one lane up: state:queued +done +40 of 43, 3 refused +Ada +1 h ago +30 min/);
  expect(out).toMatch(/create a backup +running +25 % +hub +1 h ago +-/);
  expect(err).toContain('task undo OPERATION');
});

test.each([80, 100])('fits into %i columns', async (columns) => {
  const { out } = await ran(['operation', 'list'], columns);
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
});

test('one is stopped or undone by a part of its id', async () => {
  const stopped = await ran(['operation', 'stop', OTHER.slice(-6)]);
  expect([stopped.exit, stopped.out]).toEqual([EXIT.done, expect.stringMatching(/stopped/)]);
  await hub?.stop();
  const undone = await ran(['task', 'undo', TASK.slice(-6)]);
  expect(undone.received.at(-1)?.url).toContain(`/operations/${TASK}/undo`);
  await hub?.stop();
  expect((await ran(['task', 'undo', 'ffff'])).err).toContain('operation ffff not found');
});
