import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDurably, renameDurably, writeDurably } from './durable-file.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-file-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('a file is replaced whole, is private, and nothing else is left', async () => {
  const path = join(dir, 'a');
  await writeDurably(path, 'one');
  await writeDurably(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(['a']);
});

it('of many who create a file one succeeds, and its content stays', async () => {
  const path = join(dir, 'a');
  const outcomes = await Promise.all(Array.from({ length: 10 }, (_, n) => createDurably(path, String(n))));
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(String(outcomes.indexOf(true)));
  expect(await readdir(dir)).toEqual(['a']);
});

it('what cannot be written leaves nothing behind', async () => {
  await expect(writeDurably(join(dir, 'no', 'a'), 'x')).rejects.toThrow('ENOENT');
  await writeDurably(join(dir, 'a'), 'x');
  await expect(renameDurably(join(dir, 'b'), join(dir, 'a'))).rejects.toThrow('ENOENT');
  expect(await readdir(dir)).toEqual(['a']);
});

it('has the permissions that were asked for, whatever the process masks off', async () => {
  const path = join(dir, 'a');
  const before = process.umask(0o077);
  try {
    await writeDurably(path, 'x', 0o755);
  } finally {
    process.umask(before);
  }
  expect((await stat(path)).mode & 0o777).toBe(0o755);
});
