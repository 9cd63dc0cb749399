import type { Operation } from '@agentcom/schemas';
import { afterEach, expect, test } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, TASK, type TestHub, testHub, testWorld } from '../testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

const operation: Operation = {
  ...{ id: TASK, kind: 'tasks', state: 'done', by: 'key:x', failures: [], done: 1, total: 1 },
  ...{ startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:00:00Z' },
  tasks: { action: 'lane', changed: 1, refused: 0, codes: [], refusals: [] },
};

async function ran(args: readonly string[], body: Operation = operation) {
  hub = await testHub(() => ({ status: 202, body }));
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, args);
  return { exit, out: world.out(), err: world.err(), asked: hub.received.map(({ url, body }) => [url, body]) };
}

test('it says how a move is undone, while it can be', async () => {
  const undo = { until: '2026-01-31T13:00:00Z', tasks: 1 };
  const { err } = await ran(['task', 'move', TASK, '--to-lane', 'up'], { ...operation, undo });
  expect(err).toMatch(new RegExp(`^To undo it within 1 h, run \`\\S+ task undo ${TASK}\`\\.\n$`));
});

test('it says of how many, if not of all', async () => {
  const undo = { until: '2026-01-31T13:00:00Z', tasks: 2 };
  const tasks = { ...operation.tasks, action: 'lane', changed: 3, refused: 0, codes: [], refusals: [] } as const;
  const { err } = await ran(['task', 'move', TASK, '--to-lane', 'up'], { ...operation, total: 3, tasks, undo });
  expect(err).toMatch(/^To undo it for 2 of 3 tasks within 1 h, run /);
});

test('task undo has the hub put them back, and says what stays as it is', async () => {
  const refusals = [{ task: TASK, code: 'task.changed_since', message: 'the task is in lane urgent now' }];
  const tasks = { action: 'lane', undoes: TASK, changed: 2, refused: 1, codes: [], refusals } as const;
  const { exit, out, err, asked } = await ran(['task', 'undo', TASK], { ...operation, total: 3, tasks });
  expect([exit, out, asked]).toEqual([EXIT.failed, 'Put back 2 tasks.\n', [[`/api/v1/operations/${TASK}/undo`, {}]]]);
  expect(err).toContain(`Task ${TASK} was not put back: the task is in lane urgent now`);
});

async function moved(args: readonly string[]) {
  hub = await testHub(() => ({ status: 202, body: operation }));
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, ['task', 'move', ...args]);
  return { exit, out: world.out(), bodies: hub.received.map(({ body }) => body) };
}

test.each([
  [[TASK, '--to-lane', 'up'], { action: 'lane', to: 'up', tasks: [TASK] }],
  [['--label', 'team=web', '--to-lane', 'low'], { action: 'lane', to: 'low', label: ['team=web'] }],
])('%j has the hub move them', async (args, body) => {
  expect(await moved(args)).toEqual({ exit: EXIT.done, out: 'Moved 1 task.\n', bodies: [body] });
});

test.each([[[TASK]], [['--to-lane', 'up']], [[TASK, '--mine', '--to-lane', 'up']], [[TASK, '--to-lane', 'left']]])(
  '%j is not asked for',
  async (args) => {
    expect(await moved(args)).toMatchObject({ exit: EXIT.usage, bodies: [] });
  },
);
