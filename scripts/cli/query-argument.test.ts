import { afterEach, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { runCommandLine } from './program.js';
import { KEY, type TestHub, task, testWorld } from './testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

const NOTHING = { status: 200, body: { items: [], nextCursor: null } };

async function run(...args: readonly string[]) {
  const rows = [
    task({ id: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a71', title: 'cheap', usage: { costMicros: 1 } }),
    task({ id: '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6a72', title: 'dear', usage: { costMicros: 9 } }),
  ];
  hub = await schemaHub({
    'task.list': () => ({ status: 200, body: { items: rows, nextCursor: null } }),
    'agent.list': () => NOTHING,
    'dead.list': () => NOTHING,
    'alert.list': () => NOTHING,
  });
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  const exit = await runCommandLine(world, args);
  const [asked] = hub.received;
  return { exit, world, q: asked && new URL(asked.url, 'http://x').searchParams.get('q') };
}

it.each([
  ['task', 'state:queued age:>1h'],
  ['dead', 'class:permanent code:it.failed'],
  ['agent', 'is:draining name:web-*'],
  ['alert', 'severity:page'],
])('%s list takes a query', async (command, query) => {
  expect(await run(command, 'list', query)).toMatchObject({ exit: EXIT.done, q: query });
});

it('takes a query in several words, and one beside it as an option', async () => {
  expect((await run('task', 'list', 'state:queued', 'login', '--query', 'lane:low')).q).toBe(
    'state:queued login lane:low',
  );
});

it('names days by the clock of this machine', async () => {
  // The world of the test is at noon of a Saturday; where the machine is, nobody knows.
  expect((await run('dead', 'list', 'dead:monday')).q).toMatch(
    /^dead:2026-01-2[56][^.]*(?:\.000Z)?(?:\.\.2026-01-2[67].*)?$/,
  );
});

it('says what is wrong with a query before it asks the hub', async () => {
  const { exit, world, q } = await run('task', 'list', 'stat:queued');
  expect([exit, q]).toEqual([EXIT.usage, undefined]);
  expect(world.err()).toContain('there is no key stat; did you mean state?');
});

it('sorts by any column, either way round', async () => {
  expect((await run('task', 'list', '--sort', '-cost')).world.out()).toMatch(/dear[\s\S]*cheap/);
  await hub?.stop();
  expect((await run('task', 'list', '--sort', 'cost')).world.out()).toMatch(/cheap[\s\S]*dear/);
});
