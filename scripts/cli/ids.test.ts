import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { schemaHub } from './fixture.js';
import { listedOne, shortIds } from './ids.js';
import { runCommandLine } from './program.js';
import { KEY, TASK, type TestHub, task, testWorld } from './testing.js';

const OTHER = '019a2b3c-4d5e-7f60-8a1b-000000000001';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

async function run(found: readonly string[], ...args: readonly string[]) {
  const items = found.map((id) => task({ id }));
  hub = await schemaHub({
    'task.list': () => ({ status: 200, body: { items, nextCursor: null } }),
    'task.output': () => ({ status: 200, body: { items: [], nextCursor: null } }),
    'task.show': () => ({ status: 200, body: task() }),
  });
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url } });
  return { exit: await runCommandLine(world, args), world, urls: hub.received.map(({ url }) => url) };
}

describe('a task', () => {
  it('is found by a part of its id, in any case of its letters', async () => {
    const { exit, urls } = await run([TASK], 'task', 'show', '4E5F6A7B');
    expect(exit).toBe(EXIT.done);
    expect(urls).toEqual(['/api/v1/tasks?id=4e5f6a7b&limit=6', `/api/v1/tasks/${TASK}`]);
  });

  it('is taken by its whole id without a question', async () => {
    expect((await run([], 'task', 'show', TASK.toUpperCase())).urls).toEqual([`/api/v1/tasks/${TASK}`]);
  });

  it.each([
    ['task', 'logs', '4e5f6a7b'],
    ['task', 'why', '4e5f6a7b'],
    ['task', 'cancel', '4e5f6a7b'],
    ['task', 'retry', '4e5f6a7b'],
    ['task', 'answer', '4e5f6a7b', 'yes'],
    ['dead', 'requeue', '4e5f6a7b'],
    ['dead', 'discard', '4e5f6a7b'],
    ['submit', 't', '--prompt', 'p', '--depends-on', '4e5f6a7b'],
  ])('may be named by a part of its id: %s %s', async (...args) => {
    const { exit, urls, world } = await run([TASK], ...args);
    expect({ exit, err: world.err() }).toMatchObject({ exit: EXIT.done });
    expect(urls[0]).toBe('/api/v1/tasks?id=4e5f6a7b&limit=6');
  });

  it('of several that a part could mean is not guessed: they are named', async () => {
    const { exit, world, urls } = await run([TASK, OTHER], 'task', 'cancel', '019a2b3c');
    expect(exit).toBe(EXIT.usage);
    expect(world.err()).toContain(TASK);
    expect(world.err()).toContain(OTHER);
    expect(urls).toHaveLength(1);
  });

  it('that there is not is said to be none', async () => {
    const { exit, world } = await run([], 'task', 'show', '4e5f6a7b');
    expect(exit).toBe(EXIT.failed);
    expect(world.err()).toContain('begins or ends with 4e5f6a7b');
  });

  it.each(['4e5', 'my-task', '-4e5f', '../../x', ''])('is not %j', async (id) => {
    const { exit, urls } = await run([TASK], 'task', 'show', '--', id);
    expect([exit, urls]).toEqual([EXIT.usage, []]);
  });
});

it('lists show ends of ids, as long as it takes to tell them apart', () => {
  expect(shortIds([TASK, OTHER])(TASK)).toBe('4e5f6a7b');
  const twin = `019a2b3c-4d5e-7f60-8a1b-1${TASK.slice(-11)}`;
  expect(shortIds([TASK, twin])(TASK)).toBe(TASK.slice(-12));
  expect(shortIds([])(TASK)).toBe('4e5f6a7b');
});

it('what is listed whole is found by a part', () => {
  const keys = [{ id: '01a' }, { id: '02b' }];
  expect(listedOne('key', '01', keys)).toBe(keys[0]);
  expect(() => listedOne('key', '0', keys)).toThrow('01a, 02b');
  expect(() => listedOne('key', '9', keys)).toThrow('key 9 not found');
});
