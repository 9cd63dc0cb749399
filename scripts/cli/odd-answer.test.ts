import { afterEach, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { runCommandLine } from './program.js';
import { KEY, type TestHub, task, testHub, testWorld } from './testing.js';

let hub: TestHub | undefined;

afterEach(async () => {
  await hub?.stop();
  hub = undefined;
});

async function run(body: unknown, ...args: readonly string[]) {
  hub = await testHub(() => ({ status: 200, body }));
  const world = testWorld({ env: { AGENTCOM_KEY: KEY } });
  const exit = await runCommandLine(world, [...args, '--hub', hub.url]);
  return { exit, err: world.err(), url: hub.url };
}

it.each([
  ['an id that is a number', { items: [{ ...task(), id: 5 }], nextCursor: null }, '/items/0/id'],
  ['no list', { items: 'none', nextCursor: null }, '/items'],
  ['a list without what is in it', { items: [null], nextCursor: null }, '/items/0'],
])('an answer of another shape is named, with what is odd about it: %s', async (_, body, path) => {
  const { exit, err, url } = await run(body, 'task', 'list');
  expect(exit).toBe(EXIT.failed);
  expect(err).toContain(
    `the hub at ${url} answered something that this version does not understand (GET /api/v1/tasks)`,
  );
  expect(err).toContain(path);
  expect(err).toContain('same version');
  expect(err).not.toContain('This is a bug');
});

it('what fails though the answers are as they should be is a defect of the command', async () => {
  hub = await testHub(() => ({ status: 200, body: { items: [], nextCursor: null } }));
  const world = testWorld({ env: { AGENTCOM_KEY: KEY } });
  const now = () => {
    throw new TypeError('no clock');
  };
  expect(await runCommandLine({ ...world, now }, ['key', 'list', '--hub', hub.url])).toBe(EXIT.failed);
  expect(world.err()).toContain('This is a bug');
});
