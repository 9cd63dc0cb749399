import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { temporaryDir, testWorld } from './testing.js';
import { type UpFlags, upArguments, upSettings } from './up-options.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;

beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir.remove());

const settings = (flags: UpFlags, env: Readonly<Record<string, string>> = {}) =>
  upSettings(testWorld({ home: dir.path, env }), flags);

describe('a hub that listens beyond its machine', () => {
  it.each(['0.0.0.0', '::', '10.0.0.5', 'hub.example', '[::]'])('is refused on %s without TLS', async (host) => {
    await expect(settings({ host })).rejects.toMatchObject({ exit: EXIT.usage, code: 'settings.insecure' });
  });

  it.each([
    [{ tlsCert: 'hub.pem', tlsKey: 'hub.key' }, {}],
    [{}, { AGENTCOM_TRUST_PROXY: '10.0.0.0/8' }],
    [{ insecure: true }, {}],
    [{}, { AGENTCOM_INSECURE: 'true' }],
  ])('starts with %j and %j', async (flags, env) => {
    expect(await settings({ host: '0.0.0.0', ...flags }, env)).toMatchObject({ host: '0.0.0.0' });
  });

  it.each(['127.0.0.1', '127.0.0.7', '::1', 'localhost'])('is not one on %s', async (host) => {
    expect(await settings({ host })).toMatchObject({ host });
  });
});

it('names both files of TLS, or neither', async () => {
  await expect(settings({ tlsCert: 'hub.pem' })).rejects.toMatchObject({ exit: EXIT.usage });
  await expect(settings({}, { AGENTCOM_TLS_KEY: 'hub.key' })).rejects.toMatchObject({ exit: EXIT.usage });
});

it('passes what it was told to a service', () => {
  const world = testWorld({ home: dir.path });
  expect(upArguments(world, '/data', { tlsCert: 'hub.pem', tlsKey: '/hub.key', insecure: true })).toEqual([
    ...['up', '--data-dir', '/data', '--tls-cert', `${world.cwd}/hub.pem`, '--tls-key', '/hub.key', '--insecure'],
  ]);
});
