import type { SavedView } from '@agentcom/schemas';
import { afterEach, expect, test } from 'vitest';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { runCommandLine } from './program.js';
import { KEY, TASK, type TestHub, testWorld } from './testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

const view = (name: string, q: string | undefined, shared: boolean): SavedView => ({
  ...{ id: TASK, name, by: 'key:x', mayChange: true, createdAt: '2026-01-01T00:00:00Z', shared },
  ...(q !== undefined && { q, sort: '-cost' }),
});

async function asked(args: readonly string[]) {
  const items = [
    view('Blocked', 'state:queued', true),
    view('blocked', 'state:blocked', false),
    view('All', undefined, true),
  ];
  hub = await schemaHub({
    'view.list': () => ({ status: 200, body: { items, nextCursor: null } }),
    'task.list': () => ({ status: 200, body: { items: [], nextCursor: null } }),
  });
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, ['task', ...args]);
  const list = hub.received.find(({ url }) => url.startsWith('/api/v1/tasks?'));
  const query = new URL(list?.url ?? '', 'http://hub').searchParams;
  return { exit, out: world.out(), err: world.err(), q: query.get('q'), sort: query.get('sort') };
}

test('a list shows what a view shows, the own one first, narrowed down by the rest', async () => {
  expect(await asked(['list', '--view', 'Blocked', 'repo:api'])).toMatchObject({
    ...{ exit: EXIT.done, q: 'state:blocked repo:api', sort: '-cost' },
  });
  await hub?.stop();
  expect(await asked(['list', '--view', 'all'])).toMatchObject({ exit: EXIT.done, q: null, sort: null });
});

test('a view that is not there is named with those that are', async () => {
  const { exit, err } = await asked(['list', '--view', 'Blockd']);
  expect(exit).toBe(EXIT.failed);
  expect(err).toContain('there is no saved view called Blockd; there are: Blocked');
});

test('all are listed', async () => {
  expect((await asked(['views'])).out).toMatch(/NAME +SEEN BY +QUERY\nBlocked +everybody +state:queued\nblocked +you/);
});
