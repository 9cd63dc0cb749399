import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contentOf, readOwn } from '../host/own-file.js';
import { commitIn } from './gitlinks.js';
import { flaggedPaths } from './index-file.js';
import { ownRefs } from './own-refs.js';

const commit = 'a'.repeat(40);
let dir: string;
let gitDir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-own-'));
  gitDir = join(dir, '.git');
  await mkdir(join(gitDir, 'refs', 'heads', 'deep'), { recursive: true });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const pipe = (path: string) => execFileSync('/usr/bin/env', ['mkfifo', path]);

it('a file is read up to a bound, and what is none is not', async () => {
  const file = join(dir, 'file');
  await writeFile(file, 'content');
  await symlink(file, join(dir, 'link'));
  pipe(join(dir, 'pipe'));
  expect(await contentOf(file)).toBe('content');
  expect((await readOwn(file, 3))?.toString()).toBe('con');
  for (const name of ['link', 'pipe', '.git', 'nothing', 'file/within']) {
    expect(await readOwn(join(dir, name))).toBeUndefined();
  }
});

it('refs are found beside pipes and links that lead around', async () => {
  const heads = join(gitDir, 'refs', 'heads');
  await writeFile(join(heads, 'deep', 'main'), `${commit}\n`);
  for (const name of ['a', 'b', 'c']) await symlink('..', join(heads, 'deep', name));
  pipe(join(heads, 'pipe'));
  pipe(join(gitDir, 'packed-refs'));
  expect([...(await ownRefs({ gitDir }))]).toEqual([['refs/heads/deep/main', commit]]);
});

it('a pipe in the place of an index or of a HEAD is none', async () => {
  pipe(join(gitDir, 'index'));
  pipe(join(gitDir, 'HEAD'));
  expect(await flaggedPaths({ dir, gitDir, base: commit })).toBeUndefined();
  expect(await commitIn(dir)).toBeUndefined();
  await rm(gitDir, { recursive: true });
  pipe(gitDir);
  expect(await commitIn(dir)).toBeUndefined();
});
