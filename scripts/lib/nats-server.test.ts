import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findOrFetchNatsServer, fromCache, fromEnvironment, fromFolders, keep, takeFirst } from './nats-server.mjs';
import { SetupError } from './report.mjs';
import { keptReport, natsServer, program, temporaryFolder } from './testing.js';

const suffix = `${process.platform}-${process.arch}`;
const found = (source: string) => ({ path: `/${source}`, version: '2.10.0', source });

describe('the order of choice', () => {
  it('ends at the first source that gives a server, and says which', async () => {
    const { lines, report } = keptReport();
    const never = () => Promise.reject(new Error('asked although a server was found'));
    const result = await takeFirst(
      [
        { name: 'first', take: async () => ({ skipped: 'not found' }) },
        { name: 'second', take: async () => found('second') },
        { name: 'third', take: never },
      ],
      report,
    );
    expect(result).toEqual(found('second'));
    expect(lines).toEqual(['setup: nats-server 2.10.0 from second: /second']);
  });

  it('goes on when a source fails, and says so', async () => {
    const { lines, report } = keptReport();
    const failing = () => Promise.reject(new SetupError('no network'));
    const sources = [
      { name: 'first', take: failing },
      { name: 'second', take: async () => found('second') },
    ];
    expect(await takeFirst(sources, report)).toEqual(found('second'));
    expect(lines[0]).toContain('first: no network');
  });

  it('ends with every reason and the remedy when no source has one', async () => {
    const sources = [
      { name: 'PATH', take: async () => ({ skipped: 'not found' }) },
      { name: 'the release', take: () => Promise.reject(new SetupError('no network')) },
    ];
    await expect(takeFirst(sources, keptReport().report)).rejects.toThrow(
      /PATH: not found; the release: no network.*AGENTCOM_NATS_SERVER/,
    );
  });

  it('takes AGENTCOM_NATS_SERVER before PATH, and PATH before the cache', async () => {
    const folder = temporaryFolder();
    const named = natsServer(join(folder, 'named'), '2.11.1');
    const onPath = natsServer(join(folder, 'bin'), '2.10.5');
    const cached = natsServer(join(folder, 'agentcom', `nats-server-2.12.0-${suffix}`), '2.12.0');
    const env = { PATH: `${join(folder, 'bin')}:/bin:/usr/bin`, AGENTCOM_CACHE_DIR: folder };
    const { report } = keptReport();
    const choose = async (more: NodeJS.ProcessEnv) =>
      (await findOrFetchNatsServer({ env: { ...env, ...more }, report })).path;

    expect(await choose({ AGENTCOM_NATS_SERVER: named })).toBe(named);
    expect(await choose({})).toBe(onPath);
    natsServer(join(folder, 'bin'), '2.9.10');
    expect(await choose({})).toBe(cached);
  });

  it('refuses a server that was asked for and is too old, instead of taking another', async () => {
    const folder = temporaryFolder();
    const old = natsServer(folder, '2.9.10');
    const env = { PATH: '/bin', AGENTCOM_NATS_SERVER: old };
    const attempt = findOrFetchNatsServer({ env, report: keptReport().report });
    await expect(attempt).rejects.toThrow(`AGENTCOM_NATS_SERVER=${old} is 2.9.10. Point it to a nats-server 2.10.0`);
  });
});

describe('a nats-server', () => {
  it('from AGENTCOM_NATS_SERVER must run', async () => {
    const env = { AGENTCOM_NATS_SERVER: join(temporaryFolder(), 'nowhere') };
    await expect(fromEnvironment(env)).rejects.toThrow('does not run');
  });

  it('on PATH is passed over when it is too old or does not run', async () => {
    const folder = temporaryFolder();
    expect(await fromFolders([folder])).toEqual({ skipped: 'not found' });
    const path = natsServer(folder, '2.9.10');
    expect(await fromFolders([folder])).toEqual({ skipped: `${path} is 2.9.10` });
    program(folder, 'nats-server', 'exit 3');
    expect(await fromFolders([folder])).toEqual({ skipped: `${path} does not run` });
  });

  it('from the cache is the newest that runs on this machine', async () => {
    const cache = temporaryFolder();
    expect(await fromCache(join(cache, 'nowhere'))).toEqual({ skipped: 'not found' });
    natsServer(join(cache, `nats-server-2.9.99-${suffix}`), '2.9.99');
    const newest = natsServer(join(cache, `nats-server-2.10.27-${suffix}`), '2.10.27');
    natsServer(join(cache, `nats-server-2.10.3-${suffix}`), '2.10.3');
    natsServer(join(cache, 'nats-server-3.0.0-another-machine'), '3.0.0');
    program(join(cache, `nats-server-2.99.0-${suffix}`), 'nats-server', 'exit 1');
    expect(await fromCache(cache)).toEqual({ path: newest, version: '2.10.27', source: 'the cache' });
  });

  it('that was fetched is kept in the cache, and replaces one there that does not run', async () => {
    const cache = temporaryFolder();
    const place = join(cache, `nats-server-2.10.27-${suffix}`);
    program(place, 'nats-server', 'exit 1');
    const work = join(cache, '.new-1');
    mkdirSync(work);
    const fetched = natsServer(join(work, 'fetched'), '2.10.27');

    const kept = await keep(fetched, { work, cache, source: 'a test' });

    expect(kept).toEqual({ path: join(place, 'nats-server'), version: '2.10.27', source: 'a test' });
    expect(readFileSync(kept.path, 'utf8')).toContain('v2.10.27');
  });

  it('that another process kept first is left as it is', async () => {
    const cache = temporaryFolder();
    const place = join(cache, `nats-server-2.10.27-${suffix}`);
    natsServer(place, '2.10.27');
    writeFileSync(join(place, 'of the first'), '');
    const work = join(cache, '.new-1');
    mkdirSync(work);
    await keep(natsServer(join(work, 'fetched'), '2.10.27'), { work, cache, source: 'a test' });
    expect(readdirSync(place)).toContain('of the first');
  });

  it('that was fetched and does not run here is refused with its own words', async () => {
    const work = temporaryFolder();
    const broken = program(join(work, 'fetched'), 'nats-server', 'echo wrong machine >&2; exit 1');
    await expect(keep(broken, { work, cache: work, source: 'a test' })).rejects.toThrow('wrong machine');
  });
});
