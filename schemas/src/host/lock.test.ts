import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryInUse, holderOf, lockDirectory, waitForLock } from './lock.js';

let directory: string;
let started: { kill(signal: 'SIGKILL'): boolean }[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentcom-lock-'));
  started = [];
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

test('a directory in use is refused with the process that has it, until it is given back', async () => {
  const inside = join(directory, 'new', 'data');
  const lock = await lockDirectory(inside);
  const refusal = await lockDirectory(inside).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DirectoryInUse);
  expect(String(refusal)).toContain(`${inside} is in use by process ${process.pid}: stop it first`);
  expect(await holderOf(inside)).toBe(`process ${process.pid}`);
  lock.release();
  expect(await holderOf(inside)).toBeUndefined();
  const second = await lockDirectory(inside);
  lock.release();
  await expect(lockDirectory(inside)).rejects.toBeInstanceOf(DirectoryInUse);
  second.release();
  expect(readdirSync(inside)).toHaveLength(1);
});

test('a lock is readable by its user only', async () => {
  const lock = await lockDirectory(directory);
  for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  lock.release();
});

test('a lock whose process was killed is free at once, and its name on it says nothing', async () => {
  const { child, ended } = await start(HOLDER, []);
  await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${child.pid}`);
  child.kill('SIGKILL');
  await ended;
  (await lockDirectory(directory)).release();
});

test.each(['lost its content', 'names nobody that is known'])('a lock file that %s does not matter', async (what) => {
  writeFileSync(join(directory, '.lock'), what === 'lost its content' ? '' : '{"pid":"x"}');
  const lock = await lockDirectory(directory);
  writeFileSync(join(directory, '.lock'), what === 'lost its content' ? '' : '[1]');
  await expect(lockDirectory(directory)).rejects.toThrow('is in use by another process');
  lock.release();
});

test('a lock file that somebody removes does not free the directory', async () => {
  const lock = await lockDirectory(directory);
  rmSync(join(directory, '.lock'));
  await expect(lockDirectory(directory)).rejects.toBeInstanceOf(DirectoryInUse);
  lock.release();
});

test('a disk without room holds nobody up, only the name is missing', async () => {
  await start(HOLDER, ['prlimit', '--fsize=0']);
  await expect(lockDirectory(directory)).rejects.toThrow('is in use by another process');
});

test('of many who wait for it never two hold it', async () => {
  let holders = 0;
  let most = 0;
  const rounds = Array.from({ length: 12 }, async () => {
    const held = await waitForLock(directory, new AbortController().signal);
    holders += 1;
    most = Math.max(most, holders);
    await readdir(directory);
    holders -= 1;
    held.release();
  });
  await Promise.all(rounds);
  expect(most).toBe(1);
  expect(readdirSync(directory)).toHaveLength(1);
});

test('it is waited for until the signal fires', async () => {
  const lock = await lockDirectory(directory);
  const waiting = new AbortController();
  const second = waitForLock(directory, waiting.signal);
  waiting.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  lock.release();
});

test('a holder in another container is seen, although its number means nothing here', async () => {
  const holder = await start(HOLDER, CONTAINER);
  const where = CONTAINER.length === 0 ? /^process \d+$/ : /^process 1 in another container \(host .+\)$/;
  expect(await holderOf(directory)).toMatch(where);
  await expect(lockDirectory(directory)).rejects.toBeInstanceOf(DirectoryInUse);
  holder.child.kill('SIGKILL');
  await holder.ended;
  (await waitForLock(directory, AbortSignal.timeout(10_000))).release();
});

test('of processes in containers of their own that start at once, and kill themselves while they hold it, never two hold it', async () => {
  const contenders = await Promise.all([CONTAINER, CONTAINER, CONTAINER, []].map((words) => start(CONTENDER, words)));
  for (const { child } of contenders) child.stdin.end('go\n');
  await Promise.all(contenders.map(({ ended }) => ended));
  const names = readFileSync(join(directory, 'held'), 'utf8').trimEnd().split('\n');
  // Each says when it has the lock and when it gives it back, and in the end dies with it.
  expect(names).toHaveLength(contenders.length * (2 * ROUNDS + 1));
  expect(overlaps(names)).toEqual([]);
}, 60_000);

/** Namespaces of processes, network and mounts, as a container has them; none where this user may make none. */
const CONTAINER = container();
const ROUNDS = 3;

const HOLDER = `
const [lockModule, directory] = process.argv.slice(1);
const { lockDirectory } = await import(lockModule);
await lockDirectory(directory);
console.log('ready');
setInterval(() => undefined, 1000);
`;

const CONTENDER = `
import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
const [lockModule, directory] = process.argv.slice(1);
const { tryLock } = await import(lockModule);
const name = Math.random().toString(36);
const say = () => appendFileSync(directory + '/held', name + '\\n');
console.log('ready');
await once(process.stdin, 'data');
for (let held = 0; ; ) {
  const lock = await tryLock(directory);
  if (!('release' in lock)) continue;
  say();
  if (held++ === ${ROUNDS}) process.kill(process.pid, 'SIGKILL'), process.exit();
  say();
  lock.release();
}
`;

function container(): string[] {
  const words = ['unshare', '--pid', '--net', '--mount-proc', '--fork', '--kill-child'];
  const isPossible = (more: string[]) => spawnSync('unshare', [...words.slice(1), ...more, 'true']).status === 0;
  if (isPossible([])) return words;
  return isPossible(['--map-root-user']) ? [...words, '--map-root-user'] : [];
}

interface Started {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly ended: Promise<unknown>;
}

async function start(program: string, words: readonly string[]): Promise<Started> {
  const module = join(String(process.env.TEST_BUILT_DIR), 'lock.js');
  const [command = '', ...rest] = [...words, process.execPath];
  const args = [...rest, '--input-type=module', '-e', program, module, directory];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  const ended = once(child, 'exit');
  await once(createInterface({ input: child.stdout }), 'line');
  return { child, ended };
}

/** Names between the two times that a holder said its own. */
function overlaps(names: readonly string[]): string[] {
  const found: string[] = [];
  const last = new Map(names.map((name, index) => [name, index]));
  let holder: string | undefined;
  names.forEach((name, index) => {
    if (holder === undefined) holder = index === last.get(name) ? undefined : name;
    else if (holder === name) holder = undefined;
    else found.push(`${name} while ${holder} had it`);
  });
  return found;
}
