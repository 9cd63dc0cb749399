// The line of an invitation is run by a real shell; what it fetches is put there by a curl of the test's own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JoinFiles } from './join-files.js';

const HUB = 'https://hub.example:7700';
/** Shows what it was given, and ends as some scripts do: in several line ends. */
const script = (hub: string, sha256: string) => `#!/bin/sh\necho '${hub} ${sha256}' "$AGENTCOM_TOKEN" "$@"\n\n\n`;

let dir: string;
let files: JoinFiles;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-join-files-'));
  const bundle = join(dir, 'agentcom.mjs');
  await writeFile(bundle, 'the program');
  files = new JoinFiles({ script, bundle });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs the line on a machine to which a hub serves `served`; undefined: it cannot be reached. */
async function paste(line: string, served: string | undefined) {
  const curl = served === undefined ? 'exit 7' : `[ "$2" = ${HUB}/join ] && cat '${join(dir, 'served')}'`;
  if (served !== undefined) await writeFile(join(dir, 'served'), served);
  await writeFile(join(dir, 'curl'), `#!/bin/sh\n${curl}\n`);
  await chmod(join(dir, 'curl'), 0o755);
  const child = spawn('/bin/sh', ['-c', line], { env: { PATH: [dir, process.env.PATH].join(delimiter) } });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { out, err, code: code as number };
}

async function served(): Promise<string> {
  const given = await files.script(HUB);
  if (typeof given !== 'string') throw new Error(given.message);
  return given;
}

test('the line runs the script of the hub with the token and the flags that follow', async () => {
  const line = await files.command(HUB, 'tok_en-1');
  expect(line).not.toContain('\n');
  const { out, code } = await paste(`${line} --name 'a b' --service`, await served());
  expect(code).toBe(0);
  expect(out).toMatch(/^https:\/\/hub\.example:7700 [0-9a-f]{64} tok_en-1 --name a b --service\n$/);
});

test('a script, or a program, that is not the one of the invitation is not run', async () => {
  const line = await files.command(HUB, 'token');
  for (const change of [
    (s: string) => `${s}echo more\n`,
    (s: string) => s.replace(/[0-9a-f]{64}/, '0'.repeat(64)),
    () => '',
  ]) {
    const { out, err, code } = await paste(line, change(await served()));
    expect({ out, code }).toEqual({ out: '', code: 1 });
    expect(err).toContain('the join script is not the one of this invitation');
  }
  await writeFile(join(dir, 'agentcom.mjs'), 'another program');
  expect(await paste(line, await served())).toMatchObject({ out: '', code: 1 });
});

test('a hub that cannot be reached ends the line as curl does', async () => {
  expect(await paste(await files.command(HUB, 'token'), undefined)).toEqual({ out: '', err: '', code: 7 });
});

test('the token is no argument of a program', async () => {
  const line = await files.command(HUB, 'the-token');
  expect(line.split(' ').filter((word) => word.includes('the-token'))).toEqual(['AGENTCOM_TOKEN=the-token']);
  expect(line.startsWith('AGENTCOM_TOKEN=')).toBe(true);
});

test.each([
  ['http://10.0.0.5:7700', true],
  ['http://127.0.0.1:7700', false],
  [HUB, false],
])('the line for %s says that it is not encrypted: %s', async (address, says) => {
  expect((await files.command(address, 'token')).endsWith(' --insecure')).toBe(says);
});

test('a hub without the program tells of the command', async () => {
  expect(await new JoinFiles(undefined).command(HUB, 't')).toBe(`AGENTCOM_TOKEN=t agentcom join ${HUB}`);
});
