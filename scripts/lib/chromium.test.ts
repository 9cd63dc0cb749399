import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOrFetchChromium } from './chromium.mjs';
import { keptReport, program, temporaryFolder } from './testing.js';

const { report } = keptReport();

describe('the chromium of the tests', () => {
  it('is one on PATH that runs, by any of its names, else one in the cache', async () => {
    const folder = temporaryFolder();
    const env = { PATH: '/bin:/usr/bin', AGENTCOM_CACHE_DIR: folder };
    const version = "echo 'Chromium 156.0.8078.73 built on Debian'";
    const place = join(folder, 'agentcom', `chromium-156.0.8078-${process.platform}-${process.arch}`);
    const cached = program(place, 'chromium', version);
    const folders = [join(folder, 'bin')];

    program(join(folder, 'bin'), 'chromium', 'exit 1');
    expect(await findOrFetchChromium({ env, report, folders })).toBe(cached);
    const onPath = program(join(folder, 'bin'), 'google-chrome-stable', version);
    expect(await findOrFetchChromium({ env, report, folders })).toBe(onPath);
  });

  it('that cannot be had is said in one line, with the remedy', async () => {
    const folder = temporaryFolder();
    const env = { PATH: folder, AGENTCOM_CACHE_DIR: folder };
    await expect(findOrFetchChromium({ env, report, folders: [folder] })).rejects.toThrow(
      /^no chromium on PATH.*Install chromium and run this again\.$/,
    );
  });
});
