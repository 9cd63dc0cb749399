import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryInUse, lockDirectory, tryLock, waitForLock } from './lock.js';
import { identify } from './process-identity.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentcom-lock-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

test('a directory in use is refused with the process that has it, until it is given back', () => {
  const inside = join(directory, 'new', 'data');
  const lock = lockDirectory(inside);
  expect(() => lockDirectory(inside)).toThrow(DirectoryInUse);
  expect(() => lockDirectory(inside)).toThrow(`${inside} is in use by process ${process.pid}: stop that one first`);
  lock.release();
  const second = lockDirectory(inside);
  lock.release();
  expect(() => lockDirectory(inside)).toThrow(DirectoryInUse);
  second.release();
  expect(readdirSync(inside)).toHaveLength(1);
});

test('a lock is readable by its user only', () => {
  lockDirectory(directory);
  for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
});

test('a lock whose process is gone is taken over', () => {
  const self = identify(process.pid);
  const left = [
    { ...self, startedAt: '1' },
    { ...self, bootId: 'the boot before' },
    { ...self, pid: 2 ** 31 - 1 },
  ];
  left.forEach((owner, index) => {
    writeFileSync(join(directory, `lock.${7 + 2 * index}`), JSON.stringify(owner));
    lockDirectory(directory).release();
  });
});

test('a lock that a power cut left without content is taken over', () => {
  writeFileSync(join(directory, 'lock.3'), '');
  lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(DirectoryInUse);
});

test('whoever holds it is named', () => {
  lockDirectory(directory);
  expect(tryLock(directory)).toEqual({ heldBy: identify(process.pid) });
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
  lockDirectory(directory);
  const waiting = new AbortController();
  const second = waitForLock(directory, waiting.signal);
  waiting.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
});

test('of processes that all find a dead owner at once, and kill themselves while they hold it, never two hold it', async () => {
  writeFileSync(join(directory, 'lock.1'), JSON.stringify({ ...identify(process.pid), startedAt: '1' }));
  const contenders = Array.from({ length: 4 }, () => contender());
  try {
    await Promise.all(contenders.map(({ ready }) => ready));
    for (const { child } of contenders) child.stdin?.end('go\n');
    const ends = await Promise.all(contenders.map(({ ended }) => ended));
    expect(ends.flatMap(({ violations }) => violations)).toEqual([]);
    expect(ends.map(({ signal }) => signal)).toEqual(contenders.map(() => 'SIGKILL'));
  } finally {
    for (const { child } of contenders) child.kill('SIGKILL');
  }
}, 60_000);

/** Takes and gives back the lock fifty times, then dies with it. While it holds it, it leaves a mark and looks for others'. */
const CONTENDER = `
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { setImmediate as pause } from 'node:timers/promises';
const [lockModule, identityModule, directory] = process.argv.slice(1);
const { lockDirectory } = await import(lockModule);
const { identify } = await import(identityModule);
const mark = directory + '/held.' + process.pid;
console.log('ready');
await once(process.stdin, 'data');
for (let held = 0; ; ) {
  await pause();
  let lock;
  try { lock = lockDirectory(directory); } catch (error) { if (error.name !== 'DirectoryInUse') console.log(error.stack); continue; }
  writeFileSync(mark, '');
  const others = readdirSync(directory).filter((name) => name.startsWith('held.') && name !== 'held.' + process.pid);
  for (const name of others) if (identify(Number(name.slice(5))) !== undefined) console.log('also held by ' + name);
  if (++held === 50) process.kill(process.pid, 'SIGKILL');
  rmSync(mark);
  lock.release();
}
`;

interface Contender {
  readonly child: ChildProcess;
  readonly ready: Promise<unknown>;
  readonly ended: Promise<{ violations: string[]; signal: NodeJS.Signals | null }>;
}

function contender(): Contender {
  const modules = ['./lock.ts', './process-identity.ts'].map((name) => new URL(name, import.meta.url).href);
  const words = ['--import', 'tsx', '--input-type=module', '-e', CONTENDER, ...modules, directory];
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const child = spawn(process.execPath, words, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, 'line');
  const violations: string[] = [];
  const ended = ready.then(async () => {
    lines.on('line', (line) => violations.push(line));
    await once(child, 'close');
    return { violations, signal: child.signalCode };
  });
  return { child, ready, ended };
}
