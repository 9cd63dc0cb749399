import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectories, makePrivateDirectory } from './directories.js';
import { tryLock } from './lock.js';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('a private directory', () => {
  it('is made with what is missing above it, also by several at once, and made again without harm', async () => {
    const path = join(dir, 'a', 'b', 'c');
    await Promise.all([makePrivateDirectory(path), makePrivateDirectory(path), makePrivateDirectory(path)]);
    await makePrivateDirectory(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('is not made where a file is', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(makePrivateDirectory(join(dir, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makePrivateDirectory(join(dir, 'file', 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')('is refused at once where no directory can be made', async () => {
    await expect(makePrivateDirectory('/proc/agentcom/data')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeDirectories('/proc/agentcom/data')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(tryLock('/proc/agentcom/data')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
