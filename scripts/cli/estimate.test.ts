// What a task may cost, before it is submitted.

import type { Estimate } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { runCommandLine } from './program.js';
import { KEY, TASK, type TestHub, testHub, testWorld } from './testing.js';

let estimate: Estimate;
let hub: TestHub;

beforeEach(async () => {
  const use = { tokens: 5, seconds: 60 };
  estimate = {
    n: 12,
    like: ['repo', 'runner'],
    unknownCost: 2,
    median: { ...use, costMicros: 400_000, currency: 'USD' },
    p90: { ...use, costMicros: 2_000_000, currency: 'USD' },
  };
  hub = await testHub(({ url }) =>
    url.endsWith('/estimate')
      ? { status: 200, body: estimate }
      : { status: 201, body: { id: TASK, state: 'queued', attempts: [] } },
  );
});
afterEach(() => hub.stop());

async function submit(...args: readonly string[]) {
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, ['submit', 'A task', '--prompt', 'p', ...args]);
  return { exit, err: world.err(), asked: hub.received.map(({ url }) => url.replace('/api/v1', '')) };
}

it('submits what will hardly cost more, and says what it may cost', async () => {
  const { exit, err, asked } = await submit('--confirm-above', '2');
  expect([exit, asked]).toEqual([EXIT.done, ['/tasks/estimate', '/tasks']]);
  expect(err).toContain(
    'Estimate from 12 earlier tasks with the same repo, runner: 0.40 USD (median), 2.00 USD (p90), 1 min (median); ' +
      'the cost of 2 is unknown.',
  );
});

it('submits nothing that may cost more, where nobody can be asked', async () => {
  const { exit, err, asked } = await submit('--confirm-above', '1.99');
  expect([exit, asked]).toEqual([EXIT.failed, ['/tasks/estimate']]);
  expect(err).toContain('That may be more than 1.99 USD');
});

it('takes what nobody knows for too much', async () => {
  estimate = { n: 0, like: [], unknownCost: 0, median: {}, p90: {} };
  const { exit, err, asked } = await submit('--confirm-above', '1000');
  expect([exit, asked]).toEqual([EXIT.failed, ['/tasks/estimate']]);
  expect(err).toContain('No task like it has ended yet');
});

it('asks for no estimate where none is wanted', async () => {
  expect((await submit()).asked).toEqual(['/tasks']);
});
