import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { clientSettings, hubSettings, isLoopback, keyFor } from './settings.js';
import { KEY, temporaryDir, testWorld } from './testing.js';

let dir: Awaited<ReturnType<typeof temporaryDir>>;

beforeEach(async () => {
  dir = await temporaryDir();
});
afterEach(() => dir.remove());

async function withFile(name: string, content: string): Promise<void> {
  await mkdir(join(dir.path, '.config', 'agentcom'), { recursive: true });
  await writeFile(join(dir.path, '.config', 'agentcom', name), content);
}

function places(env: Readonly<Record<string, string>> = {}) {
  return testWorld({ home: dir.path, env });
}

describe('settings', () => {
  it('come from the flag, else the environment, else the file, else the default', async () => {
    expect((await clientSettings(places(), {})).hub).toBe('http://127.0.0.1:7700');
    await withFile('client.toml', 'hub = "http://from.file:1/"');
    expect((await clientSettings(places(), {})).hub).toBe('http://from.file:1');
    const env = { AGENTCOM_HUB: 'http://from.env:1' };
    expect((await clientSettings(places(env), {})).hub).toBe('http://from.env:1');
    expect((await clientSettings(places(env), { hub: 'http://from.flag:1' })).hub).toBe('http://from.flag:1');
  });

  it('name what is no setting, and where it stands', async () => {
    await withFile('client.toml', 'hubb = "x"');
    await expect(clientSettings(places(), {})).rejects.toMatchObject({
      exit: EXIT.usage,
      details: [{ path: expect.stringContaining('hubb in '), message: 'is not a setting' }],
    });
  });

  it('name the line of a file that is not TOML', async () => {
    await withFile('client.toml', 'hub = \n');
    await expect(clientSettings(places(), {})).rejects.toMatchObject({
      exit: EXIT.usage,
      message: expect.stringContaining('line 1'),
    });
  });

  it('of a hub prefer what is given anywhere to what the command would like', async () => {
    const usual = { dataDir: '/usual', logLevel: 'warn' };
    expect(await hubSettings(places(), {}, usual)).toMatchObject(usual);
    await withFile('hub.toml', 'dataDir = "file"');
    expect(await hubSettings(places(), {}, usual)).toMatchObject({ dataDir: join(dir.path, 'file'), logLevel: 'warn' });
    const env = { AGENTCOM_LOG_LEVEL: 'debug' };
    expect(await hubSettings(places(env), { dataDir: '/flag' }, usual)).toMatchObject({
      dataDir: '/flag',
      logLevel: 'debug',
    });
  });
});

describe('the address of a hub', () => {
  it.each(['http://[::1]:7400', 'http://[fd00::5]', 'https://hub.example.org/below/', 'http://127.0.0.1:7700'])(
    'is %s',
    async (hub) => {
      expect((await clientSettings(places(), { hub })).hub).toBe(hub.replace(/\/$/, ''));
    },
  );

  it.each([
    'http://[fe80::1%25eth0]:7700',
    'http://[fe80::1%eth0]:7700',
    'http://::1:7700',
    '[::1]:7700',
    'http://[::1',
    'http://[:::1]',
    'http://300.1.1.1',
    'http://hub:77777',
    'http://hub:port',
    'http://',
  ])('is not %s', async (hub) => {
    await expect(clientSettings(places(), { hub })).rejects.toMatchObject({ exit: EXIT.usage });
  });

  it.each([
    ['127.0.0.1:7811', 'Did you mean http://127.0.0.1:7811?'],
    ['localhost:7811', 'Did you mean http://localhost:7811?'],
    ['[::1]:7811', 'Did you mean http://[::1]:7811?'],
    ['hub.example.org', 'Did you mean https://hub.example.org?'],
    ['hub.example.org:7811/below', 'Did you mean https://hub.example.org:7811/below?'],
    ['::1', 'brackets'],
    ['http://::1:7700', 'brackets'],
    ['http://hub:77777', 'Write it as http://HOST:PORT or https://HOST.'],
  ])('%s is corrected', async (hub, remedy) => {
    const error = await clientSettings(places(), { hub }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exit: EXIT.usage, remedy: expect.stringContaining(remedy) });
    expect(String((error as { remedy: string }).remedy).includes('brackets')).toBe(remedy === 'brackets');
  });

  it('to listen on may stand in brackets, and has no zone', async () => {
    expect((await hubSettings(places(), { host: '[::1]' }, {})).host).toBe('::1');
    await expect(hubSettings(places(), { host: 'fe80::1%eth0' }, {})).rejects.toMatchObject({
      exit: EXIT.usage,
      message: expect.stringContaining('zone'),
    });
  });
});

describe('the key', () => {
  async function keyOf(env: Readonly<Record<string, string>>, flags: { hub?: string; keyFile?: string } = {}) {
    const world = places(env);
    return (await keyFor(world, flags, await clientSettings(world, flags))).key;
  }

  it('is the owner key of a hub on this machine when nothing is said', async () => {
    await mkdir(join(dir.path, '.local', 'share', 'agentcom'), { recursive: true });
    await writeFile(join(dir.path, '.local', 'share', 'agentcom', 'owner.key'), `${KEY}\n`);
    expect(await keyOf({})).toBe(KEY);
  });

  it('of this machine is sent to the addresses at which its hub is reached, and to no others', async () => {
    const data = join(dir.path, '.local', 'share', 'agentcom');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'owner.key'), KEY);
    await writeFile(join(data, 'address'), 'https://localhost:7700\nhttps://hub.example.org:7700\n');
    expect(await keyOf({}, { hub: 'https://hub.example.org:7700' })).toBe(KEY);
    expect(await keyOf({}, { hub: 'https://127.0.0.1:7700' })).toBe(KEY);
    for (const hub of ['http://hub.example.org:7700', 'https://hub.example.org', 'http://127.0.0.1:7700'])
      await expect(keyOf({}, { hub })).rejects.toMatchObject({ exit: EXIT.notAllowed });
  });

  it('of this machine is never sent to another', async () => {
    await mkdir(join(dir.path, '.local', 'share', 'agentcom'), { recursive: true });
    await writeFile(join(dir.path, '.local', 'share', 'agentcom', 'owner.key'), KEY);
    await expect(keyOf({}, { hub: 'https://hub.example.org' })).rejects.toMatchObject({ exit: EXIT.notAllowed });
  });

  it('of the owner goes to the hub it is kept with, by whichever name of this machine, and to no other', async () => {
    const data = join(dir.path, '.local', 'share', 'agentcom');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'owner.key'), KEY);
    await writeFile(join(data, 'address'), 'http://localhost:7801\n');
    expect(await keyOf({}, { hub: 'http://127.0.0.1:7801' })).toBe(KEY);
    expect(await keyOf({}, { hub: 'http://[::1]:7801' })).toBe(KEY);
    await expect(keyOf({}, { hub: 'http://127.0.0.1:7802' })).rejects.toMatchObject({
      exit: EXIT.notAllowed,
      code: 'auth.missing',
      message: expect.stringContaining('belongs to the hub at http://localhost:7801'),
      remedy: expect.stringContaining('--hub http://localhost:7801'),
    });
  });

  it('that belongs to another hub is named when the owner of this machine has none', async () => {
    const env = { AGENTCOM_HUB: 'https://a.test', AGENTCOM_KEY_FILE: '/some.key' };
    await expect(keyOf(env, { hub: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      exit: EXIT.notAllowed,
      code: 'auth.missing',
      message: expect.stringContaining('AGENTCOM_KEY_FILE belongs to https://a.test (AGENTCOM_HUB)'),
      remedy: expect.stringContaining('--key-file'),
    });
  });

  it('that client.toml or the environment has for one hub is not sent to another', async () => {
    await writeFile(join(dir.path, 'a.key'), KEY);
    await withFile('client.toml', `hub = "https://a.test/"\nkeyFile = "${join(dir.path, 'a.key')}"`);
    expect(await keyOf({})).toBe(KEY);
    expect(await keyOf({}, { hub: 'https://a.test' })).toBe(KEY);
    const elsewhere = { exit: EXIT.notAllowed, message: expect.stringContaining('belongs to https://a.test') };
    await expect(keyOf({}, { hub: 'https://b.test' })).rejects.toMatchObject(elsewhere);
    await expect(keyOf({ AGENTCOM_HUB: 'https://b.test' })).rejects.toMatchObject(elsewhere);
    const env = { AGENTCOM_HUB: 'https://a.test', AGENTCOM_KEY: KEY };
    await expect(keyOf(env, { hub: 'https://b.test' })).rejects.toMatchObject(elsewhere);
    expect(await keyOf({ AGENTCOM_KEY: KEY }, { hub: 'https://b.test' })).toBe(KEY);
  });

  it('comes from --key-file before AGENTCOM_KEY before AGENTCOM_KEY_FILE', async () => {
    const other = `ac_${'o'.repeat(43)}`;
    const third = `ac_${'t'.repeat(43)}`;
    await writeFile(join(dir.path, 'flag.key'), KEY);
    await writeFile(join(dir.path, 'env.key'), third);
    const env = { AGENTCOM_KEY: other, AGENTCOM_KEY_FILE: join(dir.path, 'env.key') };
    expect(await keyOf(env, { keyFile: 'flag.key' })).toBe(KEY);
    expect(await keyOf(env)).toBe(other);
    expect(await keyOf({ AGENTCOM_KEY_FILE: env.AGENTCOM_KEY_FILE })).toBe(third);
  });

  it('may have blank space around it', async () => {
    expect(await keyOf({ AGENTCOM_KEY: `${KEY}\r\n` })).toBe(KEY);
  });

  it('is not looked for without end', async () => {
    await expect(keyOf({}, { keyFile: '/dev/zero' })).rejects.toMatchObject({
      exit: EXIT.notAllowed,
      message: 'cannot read a key from /dev/zero (EFBIG)',
    });
  });

  it('is not repeated when it is none', async () => {
    const thrown: unknown = await keyOf({ AGENTCOM_KEY: 'secret-but-wrong' }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ exit: EXIT.notAllowed });
    expect(String(thrown)).not.toContain('secret-but-wrong');
  });
});

describe('this machine', () => {
  it.each(['http://127.0.0.1:7700', 'http://127.1.2.3', 'http://localhost:1', 'http://[::1]:1'])('is %s', (hub) => {
    expect(isLoopback(hub)).toBe(true);
  });
  it.each(['http://127.0.0.1.example.org', 'http://localhost.example.org', 'http://10.0.0.1', 'https://example.org'])(
    'is not %s',
    (hub) => {
      expect(isLoopback(hub)).toBe(false);
    },
  );
});
