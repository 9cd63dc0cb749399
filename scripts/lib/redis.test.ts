import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOrFetchRedis } from './redis.mjs';
import { keptReport, program, temporaryFolder } from './testing.js';

const { report } = keptReport();

describe('the redis-server of the benchmark', () => {
  it('is one on PATH that runs, else one in the cache', async () => {
    const folder = temporaryFolder();
    const env = { PATH: '/bin:/usr/bin', AGENTCOM_CACHE_DIR: folder };
    const version = "echo 'Redis server v=7.0.15 sha=0'";
    const cached = program(
      join(folder, 'agentcom', `redis-7.0.15-${process.platform}-${process.arch}`),
      'redis-server',
      version,
    );
    const folders = [join(folder, 'bin')];

    program(join(folder, 'bin'), 'redis-server', 'exit 1');
    expect(await findOrFetchRedis({ env, report, folders })).toBe(cached);
    const onPath = program(join(folder, 'bin'), 'redis-server', version);
    expect(await findOrFetchRedis({ env, report, folders })).toBe(onPath);
  });

  it('that cannot be had is said in one line, with the remedy', async () => {
    const folder = temporaryFolder();
    const env = { PATH: folder, AGENTCOM_CACHE_DIR: folder };
    await expect(findOrFetchRedis({ env, report, folders: [folder] })).rejects.toThrow(
      /^no redis-server on PATH.*Install redis-server and run this again\.$/,
    );
  });
});
