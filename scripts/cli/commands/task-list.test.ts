// A sorted list: the first of everything that matches, not of the page that happened to be read.

import { afterEach, expect, it } from 'vitest';
import { EXIT } from '../exit.js';
import { schemaHub } from '../fixture.js';
import { runCommandLine } from '../program.js';
import { KEY, type TestHub, task, testWorld } from '../testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

const ids = [1, 2, 3].map((n) => `019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a7${n}`);
const [first = '', second = '', third = ''] = ids;

async function listed(args: readonly string[]) {
  const home = await schemaHub({
    'task.list': ({ url }) => {
      const items = url.includes('cursor=')
        ? [task({ id: second, title: 'c' }), task({ id: first, title: 'a' })]
        : [task({ id: third, title: 'b' })];
      const total = url.includes('count=') ? 3 : undefined;
      return { status: 200, body: { items, nextCursor: url.includes('cursor=') ? null : third, total } };
    },
  });
  hub = home;
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: home.url } });
  const exit = await runCommandLine(world, ['task', 'list', ...args]);
  return { exit, world, received: home.received };
}

it('shows the first of all that match, and says how many those are', async () => {
  const { world, received } = await listed(['--sort', 'title', '--limit', '2', '--label', 'team=web']);
  expect(world.out()).toMatch(/ a\n.* b\n2 of 3 tasks\n$/);
  expect(received.map(({ url }) => url.includes('label=team%3Dweb'))).toEqual([true, true]);
});

it('has all that match counted once, however many answers fill its page', async () => {
  const { world, received } = await listed([]);
  expect(world.out()).toMatch(/\n3 tasks\n$/);
  expect(received.map(({ url }) => url.includes('count='))).toEqual([true, false]);
});

it('shows them to programs as well', async () => {
  const { world } = await listed(['--sort', 'title', '--limit', '2', '--json']);
  expect(world.lines()).toMatchObject([{ items: [{ id: first }, { id: third }], nextCursor: null, total: 3 }]);
});

it('cannot start from a cursor', async () => {
  const { exit, received } = await listed(['--sort', 'title', '--cursor', third]);
  expect([exit, received]).toEqual([EXIT.usage, []]);
});

it.each([
  [80, undefined],
  [100, 'no agent offers gpu'],
  [undefined, 'no agent offers gpu'],
])('says why tasks wait where there is room: %s columns', async (columns, why) => {
  const waiting = {
    ...task({ id: first, title: 'a' }),
    why: { code: 'no_capable_agent', text: 'no agent offers gpu' },
  };
  const home = await schemaHub({
    'task.list': () => ({ status: 200, body: { items: [waiting, task({ id: second })], nextCursor: null, total: 2 } }),
  });
  hub = home;
  const world = testWorld({
    env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: home.url },
    ...(columns !== undefined && { isTerminal: true, columns }),
  });
  await runCommandLine(world, ['task', 'list', 'state:queued']);
  expect(world.out().includes('no agent offers gpu')).toBe(why !== undefined);
  if (columns !== undefined)
    for (const line of world.out().split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
});

it('shows what tasks ask, and what can be answered', async () => {
  const question = { asks: 'Which colour?\nOf the fence.', choices: ['green', 'blue'] };
  const home = await schemaHub({
    'task.list': () => ({
      status: 200,
      body: {
        items: [{ ...task({ id: first, title: 'a', state: 'blocked' }), ...question }, task({ id: second })],
        nextCursor: null,
        total: 2,
      },
    }),
  });
  hub = home;
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: home.url } });
  await runCommandLine(world, ['task', 'list', 'state:blocked,queued']);
  expect(world.out()).toMatch(
    /\n\n\S+71 {2}Which colour\?\n {2}Of the fence\.\n {2}- green\n {2}- blue\nAnswer with: agentcom task answer ID "…"\n/,
  );
});
