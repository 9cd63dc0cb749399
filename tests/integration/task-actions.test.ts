// A thousand tasks changed in the background of a real hub, by the command as well, and through a restart.

import { execFileSync } from 'node:child_process';
import type { Operation, TaskPage } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { CLI } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { testSandbox } from '../support/test-sandbox.js';
import { eventually } from '../support/wait.js';

const TIMEOUT = { timeout: 120_000 };
const COUNT = 1_000;
const TOGETHER = 50;

async function submitMany(hub: Hub, count: number): Promise<void> {
  for (let at = 0; at < count; at += TOGETHER) {
    const some = Array.from({ length: Math.min(TOGETHER, count - at) }, () => hub.api.submit({ needs: ['nobody'] }));
    await Promise.all(some);
  }
}

async function totalOf(hub: Hub, q: string): Promise<number | undefined> {
  return (await hub.api.need<TaskPage>('GET', `/tasks?count=1&limit=1&q=${encodeURIComponent(q)}`)).total;
}

test('a thousand are counted and cancelled by one command, and nothing else', TIMEOUT, async () => {
  const hub = await startHub(testSandbox());
  await submitMany(hub, COUNT);
  const other = await hub.api.submit({ needs: ['nobody'], lane: 'low' });
  const counted = await hub.api.need<Operation>('POST', '/tasks/actions', { action: 'cancel', dryRun: true });
  expect(counted.total).toBe(COUNT + 1);
  const to = ['--hub', hub.url, '--key-file', hub.keyFile, '--json'];
  const args = ['task', 'cancel', '--query', 'state:queued -lane:low', '--reason', 'the plan changed', '--yes', ...to];
  const ended = JSON.parse(execFileSync(process.execPath, [CLI, ...args], { encoding: 'utf8' })) as Operation;
  expect(ended).toMatchObject({ state: 'done', total: COUNT, done: COUNT, tasks: { changed: COUNT, refused: 0 } });
  expect(await totalOf(hub, 'state:cancelled')).toBe(COUNT);
  expect((await hub.api.task(other.id)).state).toBe('queued');
  await hub.stop();
});

test(
  'a restart interrupts it, what was changed stays so, and the same again goes on with the rest',
  TIMEOUT,
  async () => {
    const sandbox = testSandbox();
    const first = await startHub(sandbox);
    await submitMany(first, 20);
    const body = { action: 'cancel', q: 'state:queued' };
    const { id } = await first.api.need<Operation>('POST', '/tasks/actions', { ...body, perMinute: 600 });
    const show = (hub: Hub) => hub.api.need<Operation>('GET', `/operations/${id}`);
    await eventually('some progress', 20_000, async () => ((await show(first)).done > 1 ? true : undefined));
    await first.stop();
    const hub = await startHub(sandbox, { dataDir: first.dataDir });
    const interrupted = await show(hub);
    expect(interrupted).toMatchObject({
      state: 'failed',
      failures: [expect.stringMatching(/the hub restarted|interrupted/)],
    });
    const changed = interrupted.tasks?.changed ?? 0;
    expect([await totalOf(hub, 'state:cancelled'), changed > 1]).toEqual([changed, true]);
    expect(await hub.api.operate('/tasks/actions', body)).toMatchObject({ total: 20 - changed });
    await hub.stop();
  },
);
