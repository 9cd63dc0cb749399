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
