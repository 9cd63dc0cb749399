import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../testing.js';
import { joinScript } from './script.js';
import { TestMachine } from './testing.js';

const HUB = 'https://hub.example.org:7700';
/** Stands for the command, and notes what it was called with. */
const PROGRAM = `
  import { writeFileSync } from 'node:fs';
  writeFileSync(process.env.HOME + '/called', JSON.stringify(process.argv.slice(2)));
`;

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let machine: TestMachine;
let served: string;
let script: string;

beforeEach(async () => {
  dir = await temporaryDir();
  machine = await TestMachine.at(dir.path);
  served = join(dir.path, 'served');
  await mkdir(served);
  await serve(PROGRAM);
  await machine.link('sh', 'cat', 'cp', 'mkdir', 'mv', 'rm', 'rmdir', 'basename', 'node');
  await machine.program('git', 'exit 0');
  // As curl is called: -o FILE ADDRESS at the end.
  await machine.program(
    'curl',
    `while [ $# -gt 2 ]; do [ "$1" = -o ] && file=$2; shift; done; address=$2; cp "${served}/$(basename "$address")" "$file"`,
  );
});
afterEach(() => dir.remove());

const sumOf = (program: string) => createHash('sha256').update(program).digest('hex');

async function serve(program: string, sum = sumOf(program)): Promise<void> {
  await writeFile(join(served, 'agentcom.mjs'), program);
  script = joinScript(HUB, sum);
}

async function run(script: string, args: readonly string[] = []) {
  const child = spawn(join(machine.bin, 'sh'), ['-s', '--', ...args], { env: machine.env });
  child.stdin.on('error', () => undefined).end(script);
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { err, code: code as number };
}

const data = () => join(machine.home, '.local', 'share', 'agentcom');
const called = async () => JSON.parse(await readFile(join(machine.home, 'called'), 'utf8')) as unknown;

describe('the script of /join', () => {
  it('fetches the program, checks it, and hands on what it was given', async () => {
    const { code, err } = await run(script, ['--name', 'a b', '--', 'x']);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(await called()).toEqual(['join', HUB, '--name', 'a b', '--', 'x']);
    expect(await readdir(join(data(), 'bin'))).toEqual(['agentcom.mjs']);
  });

  it('does nothing at all when it was cut off anywhere', async () => {
    await machine.program('mkdir', `echo called > '${machine.home}/called'`);
    const ends = [...Array(34).keys()].map((nth) => Math.floor((script.length * nth) / 34));
    for (let last = 1; last < 20; last++) ends.push(script.length - 1 - last);
    await Promise.all(ends.map((end) => run(script.slice(0, end))));
    expect(existsSync(join(machine.home, 'called'))).toBe(false);
    await run(script);
    expect(existsSync(join(machine.home, 'called'))).toBe(true);
  }, 60_000);

  it('takes no address for more than an address', async () => {
    const evil = `https://x/'; echo evil > '${machine.home}/evil'; '\n#`;
    await run(joinScript(evil, sumOf(PROGRAM)));
    expect(await called()).toEqual(['join', evil]);
    expect(existsSync(join(machine.home, 'evil'))).toBe(false);
  });

  it('is refused by a hub that is not encrypted, unless that is insisted on', async () => {
    const open = 'http://hub.example.org:7700';
    const refused = await run(joinScript(open, sumOf(PROGRAM)), ['--name', 'a']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`${open} is not encrypted`) });
    expect(existsSync(data())).toBe(false);
    expect(await run(joinScript(open, sumOf(PROGRAM)), ['--insecure', '--name', 'a'])).toMatchObject({ code: 0 });
    expect(await called()).toEqual(['join', open, '--insecure', '--name', 'a']);
    expect(await run(joinScript('http://127.0.0.1:7700', sumOf(PROGRAM)))).toMatchObject({ code: 0 });
  });

  it.each([
    ['node', 'Node is not installed'],
    ['git', 'git is not installed'],
    ['curl', 'Neither curl nor wget'],
  ])('says what to do without %s, and leaves nothing', async (name, message) => {
    await machine.unlink(name);
    const { code, err } = await run(script);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(existsSync(data())).toBe(false);
  });

  it('refuses a Node that is too old', async () => {
    await machine.unlink('node');
    await machine.program('node', '[ "$1" = --version ] && echo v18.0.0; exit 1');
    expect((await run(script)).err).toContain('Node v18.0.0 is too old');
  });

  it('refuses what does not match its checksum, and what cannot be fetched', async () => {
    await serve('process.exit(0)', '0'.repeat(64));
    const wrong = await run(script);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('does not match its checksum') });
    await machine.program('curl', 'echo "curl: (7) Failed to connect" >&2; exit 7');
    const dead = await run(script);
    expect(dead).toMatchObject({ code: 1, err: expect.stringContaining(`${HUB}/join/agentcom.mjs cannot be fetched`) });
    expect(existsSync(data())).toBe(false);
  });

  it('removes the program again when joining fails, but never one that an agent here uses', async () => {
    await serve('process.exit(77)');
    expect((await run(script)).code).toBe(77);
    expect(existsSync(data())).toBe(false);
    const config = join(data(), 'agents', 'builder', 'sidecar.toml');
    await mkdir(join(config, '..'), { recursive: true });
    await writeFile(config, '');
    expect((await run(script)).code).toBe(77);
    expect(await readdir(join(data(), 'bin'))).toEqual(['agentcom.mjs']);
  });
});
