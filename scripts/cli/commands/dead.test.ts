// What `dead requeue` and `task retry` send for what is to be different.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { EXIT } from '../exit.js';
import { runCommandLine } from '../program.js';
import { KEY, TASK, type TestHub, task, temporaryDir, testHub, testWorld } from '../testing.js';

let hub: TestHub | undefined;

afterEach(async () => {
  await hub?.stop();
  hub = undefined;
});

async function sent(args: readonly string[], home = '/nowhere', stdin = '') {
  hub = await testHub(({ url }) => ({
    status: 200,
    body: url.endsWith('/dead-letters/requeue') ? { requeued: 1, remaining: 0 } : task({ state: 'queued' }),
  }));
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, home, stdin });
  const exit = await runCommandLine(world, args);
  return { exit, err: world.err(), received: hub.received.map(({ url, body }) => [url, body]) };
}

const CHANGES = ['--fresh-session', '--model', 'm-2', '--prompt-append', 'More.'];
const BODY = { freshSession: true, model: 'm-2', promptAppend: 'More.' };

describe('a change', () => {
  test.each([
    [['dead', 'requeue', TASK], `/api/v1/dead-letters/${TASK}/requeue`, {}],
    [['task', 'retry', TASK], `/api/v1/tasks/${TASK}/retry`, {}],
    [['dead', 'requeue', '--cause', 'permanent'], '/api/v1/dead-letters/requeue', { death: 'permanent' }],
  ])('goes with %j', async (args, url, more) => {
    const { exit, received } = await sent([...args, ...CHANGES]);
    expect([exit, received]).toEqual([EXIT.done, [[url, { ...more, ...BODY }]]]);
  });

  test('of the prompt comes from a file or standard input, and never from two places', async () => {
    const dir = await temporaryDir();
    await writeFile(join(dir.path, 'more.md'), 'From a file.');
    const retry = ['task', 'retry', TASK, '--prompt-append-file'];
    expect((await sent([...retry, 'more.md'], dir.path)).received[0]?.[1]).toEqual({ promptAppend: 'From a file.' });
    await hub?.stop();
    expect((await sent([...retry, '-'], dir.path, 'Typed.')).received[0]?.[1]).toEqual({ promptAppend: 'Typed.' });
    await hub?.stop();
    const both = await sent([...retry, '-', '--prompt-append', 'x'], dir.path);
    expect([both.exit, both.received]).toEqual([EXIT.usage, []]);
    await dir.remove();
  });
});
