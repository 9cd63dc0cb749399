import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder, publish, withWorkFolder } from './cache.mjs';
import { temporaryFolder } from './testing.js';

describe('the cache folder', () => {
  it('is where the user says, else where the system says, else in the home folder', () => {
    const home = { HOME: '/home/a' };
    expect(cacheFolder({ ...home, XDG_CACHE_HOME: '/x', AGENTCOM_CACHE_DIR: '/c' })).toBe('/c/agentcom');
    expect(cacheFolder({ ...home, XDG_CACHE_HOME: '/x', AGENTCOM_CACHE_DIR: '' })).toBe('/x/agentcom');
    expect(cacheFolder(home)).toBe('/home/a/.cache/agentcom');
  });
});

describe('a work folder', () => {
  it('is gone afterwards, also when the work fails', async () => {
    const cache = join(temporaryFolder(), 'cache');
    await withWorkFolder(cache, async (work) => writeFileSync(join(work, 'file'), ''));
    await expect(withWorkFolder(cache, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(readdirSync(cache)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('is refused at once where no folder can be made', async () => {
    await expect(withWorkFolder('/proc/agentcom/cache', async () => undefined)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('that a killed process left is removed when it is old, and not while it may be in use', async () => {
    const cache = temporaryFolder();
    const [old, recent, entry] = ['.new-old', '.new-recent', 'nats-server-2.10.27'].map((name) => join(cache, name));
    for (const folder of [old, recent, entry]) mkdirSync(folder ?? '');
    utimesSync(old ?? '', 1, 1);
    utimesSync(entry ?? '', 1, 1);
    await withWorkFolder(cache, async () => {});
    expect(readdirSync(cache).toSorted()).toEqual(['.new-recent', 'nats-server-2.10.27']);
  });
});

describe('an entry', () => {
  const file = (folder: string, name: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), '');
    return folder;
  };

  it('appears whole', async () => {
    const cache = temporaryFolder();
    await publish(file(join(cache, '.new-1'), 'a'), join(cache, 'entry'), async () => true);
    expect(readdirSync(cache)).toEqual(['entry']);
    expect(readdirSync(join(cache, 'entry'))).toEqual(['a']);
  });

  it('of a faster process stays when it is good, and is replaced when it is not', async () => {
    const cache = temporaryFolder();
    const place = file(join(cache, 'entry'), 'first');
    await publish(file(join(cache, 'work', '1'), 'second'), place, async () => true);
    expect(readdirSync(place)).toEqual(['first']);
    await publish(file(join(cache, 'work', '2'), 'third'), place, async () => false);
    expect(readdirSync(place)).toEqual(['third']);
  });

  it('is there once when many fill it together', async () => {
    const cache = temporaryFolder();
    const place = join(cache, 'entry');
    const fill = () =>
      withWorkFolder(cache, (work) =>
        publish(file(join(work, 'finished'), 'a'), place, async (taken) => existsSync(join(taken, 'a'))),
      );
    await Promise.all(Array.from({ length: 20 }, fill));
    expect(readdirSync(cache)).toEqual(['entry']);
    expect(readdirSync(place)).toEqual(['a']);
  });
});
