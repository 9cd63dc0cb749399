// The file that remembers the acknowledged end.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HeadRecord } from './head-record.js';

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

const head = (seq: number) => ({ journal: 'j', seq, hash: 'f'.repeat(64) });

it('knows nothing without a file, and the last noted end with one', async () => {
  const first = await HeadRecord.open(file, () => undefined);
  expect(first.head).toBeNull();
  for (let seq = 1; seq <= 5; seq++) first.note(head(seq));
  await first.flush();
  expect((await HeadRecord.open(file, () => undefined)).head).toEqual(head(5));
  expect(await readdir(directory)).toEqual(['end.json']);
});

it('writes at most once a second, however often an end is noted', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const known = await HeadRecord.open(file, () => undefined);
  const flush = vi.spyOn(known, 'flush');
  known.note(head(1));
  vi.advanceTimersByTime(999);
  known.note(head(2));
  expect(flush).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(flush).toHaveBeenCalledTimes(1);
  await flush.mock.results[0]?.value;
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(head(2));
});

it('goes back to an accepted end, or to nothing', async () => {
  const known = await HeadRecord.open(file, () => undefined);
  known.note(head(9));
  await known.reset(head(3));
  expect((await HeadRecord.open(file, () => undefined)).head).toEqual(head(3));
  await known.reset(null);
  expect((await HeadRecord.open(file, () => undefined)).head).toBeNull();
});

it('tells of an end that could not be written', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const failed = new Promise<unknown>((resolve) => {
    HeadRecord.open(join(directory, 'nowhere', 'end.json'), resolve).then((known) => {
      known.note(head(1));
      vi.advanceTimersByTime(1_000);
    }, resolve);
  });
  expect(await failed).toMatchObject({ code: 'ENOENT' });
});

it.each(['', '{', '{"seq":1}', 'null'])('does not take the damaged file "%s" for no file', async (content) => {
  await writeFile(file, content);
  await expect(HeadRecord.open(file, () => undefined)).rejects.toThrow('is damaged; remove it');
});
