import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOrFetchPrometheus } from './prometheus.mjs';
import { keptReport, program, temporaryFolder } from './testing.js';

const { report } = keptReport();

describe('the prometheus of the tests', () => {
  it('is one on PATH that runs with its promtool, else one in the cache', async () => {
    const folder = temporaryFolder();
    const env = { PATH: '/bin:/usr/bin', AGENTCOM_CACHE_DIR: folder };
    const version = "echo 'prometheus, version 2.42.0+ds (branch: debian/sid)'";
    const place = join(folder, 'agentcom', `prometheus-2.42.0-${process.platform}-${process.arch}`, 'usr', 'bin');
    for (const name of ['prometheus', 'promtool']) program(place, name, version);
    const folders = [join(folder, 'bin')];

    program(join(folder, 'bin'), 'prometheus', version);
    expect(await findOrFetchPrometheus({ env, report, folders })).toBe(place);
    program(join(folder, 'bin'), 'promtool', version);
    expect(await findOrFetchPrometheus({ env, report, folders })).toBe(join(folder, 'bin'));
  });

  it('that cannot be had is said in one line, with the remedy', async () => {
    const folder = temporaryFolder();
    const env = { PATH: folder, AGENTCOM_CACHE_DIR: folder };
    await expect(findOrFetchPrometheus({ env, report, folders: [folder] })).rejects.toThrow(
      /^no prometheus on PATH.*Install prometheus and run this again\.$/,
    );
  });
});
