// The file that remembers the acknowledged end.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { KnownEnd } from './known-end.js';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentcom-known-end-'));
  file = join(directory, 'end.json');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(directory, { recursive: true, force: true });
});

const tip = (seq: number) => ({ journal: 'j', seq, hash: 'f'.repeat(64) });

it('knows nothing without a file, and the last noted end with one', async () => {
  const first = await KnownEnd.open(file, () => undefined);
  expect(first.tip).toBeNull();
  for (let seq = 1; seq <= 5; seq++) first.note(tip(seq));
  await first.flush();
  expect((await KnownEnd.open(file, () => undefined)).tip).toEqual(tip(5));
  expect(await readdir(directory)).toEqual(['end.json']);
});

it('writes at most once a second, however often an end is noted', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const known = await KnownEnd.open(file, () => undefined);
  const flush = vi.spyOn(known, 'flush');
  known.note(tip(1));
  vi.advanceTimersByTime(999);
  known.note(tip(2));
  expect(flush).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(flush).toHaveBeenCalledTimes(1);
  await flush.mock.results[0]?.value;
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(tip(2));
});

it('goes back to an accepted end, or to nothing', async () => {
  const known = await KnownEnd.open(file, () => undefined);
  known.note(tip(9));
  await known.reset(tip(3));
  expect((await KnownEnd.open(file, () => undefined)).tip).toEqual(tip(3));
  await known.reset(null);
  expect((await KnownEnd.open(file, () => undefined)).tip).toBeNull();
});

it('tells of an end that could not be written', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const failed = new Promise<unknown>((resolve) => {
    KnownEnd.open(join(directory, 'nowhere', 'end.json'), resolve).then((known) => {
      known.note(tip(1));
      vi.advanceTimersByTime(1_000);
    }, resolve);
  });
  expect(await failed).toMatchObject({ code: 'ENOENT' });
});

it.each(['', '{', '{"seq":1}', 'null'])('does not take the damaged file "%s" for no file', async (content) => {
  await writeFile(file, content);
  await expect(KnownEnd.open(file, () => undefined)).rejects.toThrow('is damaged; remove it');
});
