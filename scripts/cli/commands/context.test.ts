import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contextsFile } from '../contexts.js';
import { EXIT } from '../exit.js';
import { schemaHub } from '../fixture.js';
import { runCommandLine } from '../program.js';
import { KEY, type TestHub, temporaryDir, testWorld } from '../testing.js';

const OTHER_KEY = `ac_${'o'.repeat(43)}`;

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let hub: TestHub;
let other: TestHub;

beforeEach(async () => {
  dir = await temporaryDir();
  [hub, other] = await Promise.all([schemaHub(), schemaHub()]);
  await writeFile(join(dir.path, 'prod.key'), `${KEY}\n`);
  await writeFile(join(dir.path, 'other.key'), `${OTHER_KEY}\n`);
});
afterEach(async () => {
  await Promise.all([hub.stop(), other.stop()]);
  await dir.remove();
});

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const world = testWorld({ home: dir.path, env });
  return { exit: await runCommandLine(world, args), out: world.out(), err: world.err(), world };
}

const keysAt = (at: TestHub) => at.received.map(({ headers }) => headers.authorization);

it('commands go to the context in use, with its key, until another is chosen', async () => {
  expect((await run(['context', 'add', 'prod', hub.url, '--key-file', 'prod.key'])).exit).toBe(EXIT.done);
  await run(['context', 'add', 'other', `${other.url}/`, '--key-file', 'other.key']);
  expect((await run(['context', 'use', 'prod'])).out).toContain(hub.url);
  await run(['agent', 'list']);
  await run(['context', 'use', 'other']);
  await run(['agent', 'list']);
  expect([keysAt(hub), keysAt(other)]).toEqual([[`Bearer ${KEY}`], [`Bearer ${OTHER_KEY}`]]);
  expect((await run(['context', 'list'])).out).toMatch(/\n {3}prod +http.*\n\* +other/);
});

it('the key of a context is never sent to another hub', async () => {
  await run(['context', 'add', 'prod', hub.url, '--key-file', 'prod.key']);
  await run(['context', 'use', 'prod']);
  await run(['agent', 'list', '--hub', other.url]);
  await run(['agent', 'list'], { AGENTCOM_HUB: other.url });
  await run(['agent', 'list', '--hub', other.url, '--key-file', 'other.key']);
  expect(keysAt(other)).toEqual([`Bearer ${OTHER_KEY}`]);
  expect(keysAt(hub)).toEqual([]);
});

it('a key that is given goes before that of the context', async () => {
  await run(['context', 'add', 'prod', hub.url, '--key-file', 'prod.key']);
  await run(['context', 'use', 'prod']);
  await run(['agent', 'list', '--key-file', 'other.key']);
  await run(['agent', 'list'], { AGENTCOM_KEY: OTHER_KEY });
  expect(keysAt(hub)).toEqual([`Bearer ${OTHER_KEY}`, `Bearer ${OTHER_KEY}`]);
});

it('a removed context is no longer in use', async () => {
  await run(['context', 'add', 'prod', hub.url, '--key-file', 'prod.key']);
  await run(['context', 'use', 'prod']);
  expect((await stat(contextsFile(testWorld({ home: dir.path })))).mode & 0o077).toBe(0);
  expect((await run(['context', 'remove', 'prod'])).exit).toBe(EXIT.done);
  expect((await run(['context', 'list'])).out).toMatch(/\* +local/);
  expect((await run(['context', 'use', 'prod'])).exit).toBe(EXIT.failed);
});

it.each([
  [['context', 'add', 'No Name', 'http://127.0.0.1:1'], EXIT.usage],
  [['context', 'add', 'local', 'http://127.0.0.1:1'], EXIT.usage],
  [['context', 'add', 'prod', 'ftp://x'], EXIT.usage],
  [['context', 'add', 'prod', 'https://hub.example.org'], EXIT.usage],
  [['context', 'add', 'prod', 'https://hub.example.org', '--key-file', 'nope'], EXIT.notAllowed],
  [['context', 'remove', 'constructor'], EXIT.failed],
])('%j ends with %s and changes nothing', async (args, exit) => {
  expect((await run(args)).exit).toBe(exit);
  expect((await run(['context', 'list', '--json'])).world.lines()).toEqual([{ current: 'local', contexts: {} }]);
});

it('a file of contexts that is damaged is named', async () => {
  await run(['context', 'add', 'prod', hub.url, '--key-file', 'prod.key']);
  for (const text of ['{', '[]', '{"byName":{"a":1}}', '{"current":1,"byName":{}}']) {
    await writeFile(contextsFile(testWorld({ home: dir.path })), text);
    const { exit, err } = await run(['agent', 'list']);
    expect([exit, err]).toEqual([EXIT.failed, expect.stringContaining('contexts.json')]);
  }
});
