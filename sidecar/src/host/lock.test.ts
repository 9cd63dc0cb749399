import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lock, tryLock } from './lock.js';
import { markOf } from './process-mark.js';

const { signal } = new AbortController();
let root: string;
let dir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'agentcom-lock-'));
  dir = join(root, 'lock');
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('is held by one, who is named, until it is released', async () => {
  const held = await lock(dir, signal);
  expect(await tryLock(dir)).toEqual({ heldBy: markOf(process.pid) });
  await held.release();
  expect(await tryLock(dir)).toHaveProperty('release');
});

it('is never held by two of many who want it', async () => {
  let holders = 0;
  let most = 0;
  const rounds = Array.from({ length: 12 }, async () => {
    const held = await lock(dir, new AbortController().signal);
    holders += 1;
    most = Math.max(most, holders);
    await readdir(dir);
    holders -= 1;
    await held.release();
  });
  await Promise.all(rounds);
  expect(most).toBe(1);
  expect(await readdir(dir)).toHaveLength(1);
});

it('of a process that died is taken by exactly one of those who wait', async () => {
  const child = spawn('/bin/sh', ['-c', 'echo; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  await mkdir(dir);
  await writeFile(join(dir, '7'), JSON.stringify(markOf(child.pid ?? 0)));
  expect(await tryLock(dir)).toHaveProperty('heldBy');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const attempts = await Promise.all(Array.from({ length: 10 }, () => tryLock(dir)));
  expect(attempts.filter((attempt) => 'release' in attempt)).toHaveLength(1);
});

it('is not kept from anybody by a file that a crash left damaged', async () => {
  await mkdir(dir);
  await writeFile(join(dir, '3'), '{"pid":');
  expect(await tryLock(dir)).toHaveProperty('release');
});

it('is waited for until the signal fires', async () => {
  await lock(dir, signal);
  const waiting = new AbortController();
  const second = lock(dir, waiting.signal);
  waiting.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
});
