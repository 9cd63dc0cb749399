import { readFileSync } from 'node:fs';
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
      /^no chromium on PATH.*apt-get install -y --no-install-recommends chromium.* and run this again\.$/,
    );
  });

  it('is unpacked once for all who ask at the same time, and refused when it draws no text', async () => {
    const folder = temporaryFolder();
    const bin = join(folder, 'bin');
    const env = { PATH: `${bin}:/bin:/usr/bin`, AGENTCOM_CACHE_DIR: join(folder, 'cache') };
    const downloads = join(folder, 'downloads');
    program(bin, 'apt-config', '');
    program(bin, 'apt-cache', 'echo "  Candidate: 156.0"');
    program(
      bin,
      'apt-get',
      `case "$1" in install) echo 'Inst chromium (156.0)' ;; download) echo x >> ${downloads}; touch chromium.deb ;; esac`,
    );
    const browser = (title: string) =>
      program(
        bin,
        'dpkg-deb',
        `mkdir -p "$3/usr/lib/chromium"; printf '#!/bin/sh\\n%s\\n' 'case "$*" in --version) echo Chromium 156.0.8078.73 ;; *) echo "<title>${title}</title>" ;; esac' > "$3/usr/lib/chromium/chromium"; chmod +x "$3/usr/lib/chromium/chromium"`,
      );
    const ask = () => findOrFetchChromium({ env, report, folders: [bin] });

    browser('blank');
    await expect(ask()).rejects.toThrow(/the unpacked chromium draws no text/);
    browser('drawn');
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(first).toMatch(/chromium-156\.0\.8078-.*\/chromium$/);
    expect(second).toBe(first);
    expect(readFileSync(downloads, 'utf8')).toBe('x\nx\n');
  });
});
