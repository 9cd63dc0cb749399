import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from './lock.mjs';
import { keptReport, temporaryFolder } from './testing.js';

const { report } = keptReport();

describe('the set-up lock', () => {
  it('is held by one at a time, and nothing is left of it', async () => {
    const folder = temporaryFolder();
    let holders = 0;
    const most: number[] = [];
    const work = async () => {
      most.push(++holders);
      await new Promise(setImmediate);
      holders--;
    };
    const path = join(folder, 'lock');
    await Promise.all([1, 2, 3].map(() => withLock(path, work, { report })));
    expect(most).toEqual([1, 1, 1]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is given up when the work fails', async () => {
    const path = join(temporaryFolder(), 'lock');
    await expect(withLock(path, () => Promise.reject(new Error('failed')), { report })).rejects.toThrow('failed');
    expect(existsSync(path)).toBe(false);
  });

  it('of a process that is gone is taken over', async () => {
    const path = join(temporaryFolder(), 'lock');
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(path, `${pid}\n`);
    expect(await withLock(path, async () => 'done', { report })).toBe('done');
  });

  it('of a living process is respected, with what to do when it does not end', async () => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, `${process.pid}\n`);
    await expect(withLock(path, async () => 'done', { report, waitMs: -1 })).rejects.toThrow(
      `another set-up (process ${process.pid}) does not finish. Stop it, or remove ${path}.`,
    );
  });
});
