// What `submit` says beside the task: that its idempotency key had made it before, and of spend limits.

import type { TaskView } from '@agentcom/schemas';
import { afterEach, describe, expect, test } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, TASK, type TestHub, task, testHub, testWorld } from '../testing.js';

let hub: TestHub | undefined;

afterEach(async () => {
  await hub?.stop();
  hub = undefined;
});

async function submit(made: object, ...args: readonly string[]) {
  hub = await testHub(() => ({ status: 200, body: made }));
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, ['submit', 'Fix it', '--prompt', 'do it', ...args]);
  return { exit, out: world.out(), err: world.err() };
}

const before = (changes: Partial<TaskView>): object => ({ ...task(changes), repeated: true });

describe('a key that was used before', () => {
  test.each([
    ['dead', EXIT.failed, `agentcom dead requeue ${TASK}`],
    ['cancelled', EXIT.cancelled, 'submit it with another key'],
    ['completed', EXIT.done, `agentcom task show ${TASK}`],
    ['working', EXIT.done, `agentcom task logs -f ${TASK}`],
  ] as const)('says that it made a task which is %s, and what to do next', async (state, exit, next) => {
    const said = await submit(before({ state }), '--idempotency-key', 'k');
    expect(said.exit).toBe(exit);
    expect(said.out).toContain(`Already submitted with this key: task ${TASK}, which is ${state}.`);
    expect(said.out).toContain(next);
  });

  test('names the last error of a dead task', async () => {
    const error = { class: 'permanent' as const, code: 'it.failed', message: 'no such branch' };
    const attempt = { generation: 1, agent: 'a', startedAt: '2026-01-31T11:00:00Z', counted: true, error };
    const { out } = await submit(before({ state: 'dead', attempts: [attempt] }), '--idempotency-key', 'k');
    expect(out).toContain('no such branch');
  });

  test('says so before it waits, and exits by how the task ends', async () => {
    const { exit, err } = await submit(before({ state: 'dead' }), '--idempotency-key', 'k', '--wait');
    expect(exit).toBe(EXIT.failed);
    expect(err).toContain('Already submitted with this key');
    expect(err).not.toContain('is submitted');
  });

  test('is in the JSON', async () => {
    const { exit, out } = await submit(before({ state: 'dead' }), '--idempotency-key', 'k', '--json');
    expect(exit).toBe(EXIT.failed);
    expect(JSON.parse(out)).toMatchObject({ id: TASK, state: 'dead', repeated: true });
  });
});

test('a repetition of its own, after an answer was lost, is a submission', async () => {
  const { exit, out } = await submit(before({ state: 'queued' }));
  expect(exit).toBe(EXIT.done);
  expect(out).toContain(`Task ${TASK} is queued.`);
});

test('warns of a spend limit of which less is left than the task may use, and how to raise it', async () => {
  const over = {
    ...{ limit: 'label:team=roof', window: 'month', currency: 'USD' },
    ...{ expected: { costMicros: 2_000_000 }, left: { costMicros: 1_500_000, tokens: 7 } },
  };
  const { exit, err } = await submit({ ...task({ state: 'queued' }), overLimits: [over] });
  expect(exit).toBe(EXIT.done);
  expect(err).toContain('Of the spend limit of label team=roof 1.50 USD are left this month');
  expect(err).toContain('has used 2.00 USD or more');
  expect(err).toContain('agentcom limit raise label team=roof --month AMOUNT');
});
