import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubSettings } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChannelSettings } from './access/channel-settings.js';
import { SecondFactor } from './access/second-factor.js';
import { emptyState } from './core/state.js';
import { HubKeys, openIdSettings } from './identity.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identity-'));
});

afterEach(() => rm(directory, { recursive: true }));

const modeOf = async (name: string) => (await stat(join(directory, name))).mode & 0o777;

test('keys are made by a hub that leads, once, and are readable only by its user', async () => {
  const keys = await HubKeys.open(directory);
  expect([keys.ownerFile, keys.sealer.hasKey, await readdir(directory)]).toEqual([undefined, false, []]);
  const owner = await keys.make();
  expect(keys.ownerFile).toBe(join(directory, 'owner.key'));
  expect([await modeOf('owner.key'), await modeOf('secret.key')]).toEqual([0o600, 0o600]);
  const sealed = keys.sealer.seal('a secret', 'ada');
  const again = await HubKeys.open(directory);
  expect(again.sealer.open(sealed, 'ada')).toBe('a secret');
  expect([await keys.make(), await again.make()]).toEqual([owner, owner]);
});

test('hubs that are given the same file open what another has sealed', async () => {
  const file = join(directory, 'shared.key');
  const [one, two] = [
    await HubKeys.open(join(directory, 'one'), file),
    await HubKeys.open(join(directory, 'two'), file),
  ];
  await mkdir(join(directory, 'one'));
  await one.make();
  await mkdir(join(directory, 'two'));
  await two.make();
  expect(two.sealer.open(one.sealer.seal('a secret', 'ada'), 'ada')).toBe('a secret');
});

test('a hub says when it cannot read the secrets that another has sealed, and where to get the key', async () => {
  const [one, two] = [join(directory, 'one'), join(directory, 'two')];
  await Promise.all([mkdir(one), mkdir(two)]);
  const [leader, follower] = [await HubKeys.open(one), await HubKeys.open(two)];
  await leader.make();
  const state = emptyState();
  expect([leader.secretFault(state), follower.secretFault(state)]).toEqual([undefined, undefined]);
  const { sealed: secret } = new SecondFactor(leader.sealer, () => 0).offer({ id: 'ada', email: 'ada@example.org' });
  const totp = { secret, usedStep: 0, recovery: [] };
  state.people.set('ada', { id: 'ada', email: 'ada@example.org', name: 'Ada', createdAt: 0, totp });
  expect(leader.secretFault(state)).toBeUndefined();
  expect(follower.secretFault(state)).toMatch(
    /^the hub.s secret\.key is missing: copy the file of the hub that led before/,
  );
  await follower.make();
  expect(follower.secretFault(state)).toMatch(/is not the key that sealed/);
  await copyFile(join(one, 'secret.key'), join(two, 'secret.key'));
  expect((await HubKeys.open(two)).secretFault(state)).toBeUndefined();
});

test('a hub says when it cannot read the settings of channels', async () => {
  const [one, two] = [join(directory, 'one'), join(directory, 'two')];
  await Promise.all([mkdir(one), mkdir(two)]);
  const [leader, follower] = [await HubKeys.open(one), await HubKeys.open(two)];
  await leader.make();
  const state = emptyState();
  const settings = new ChannelSettings(leader.sealer).seal('c', { url: 'https://example.org' });
  state.notify.channels.set('c', {
    id: 'c',
    org: 'o',
    kind: 'webhook',
    name: 'c',
    settings,
    by: 'key:k',
    createdAt: 0,
  });
  expect(leader.secretFault(state)).toBeUndefined();
  expect(follower.secretFault(state)).toMatch(/^the hub.s secret\.key is missing: .* nobody can be told/);
});

test('a secret key that is none stops the start, says what to do, and is neither shown nor replaced', async () => {
  const file = join(directory, 'secret.key');
  await writeFile(file, 'half of a key\n');
  const error = await HubKeys.open(directory).catch((failure: Error) => failure);
  expect(error).toMatchObject({ message: expect.stringMatching(/secret\.key: .*32 bytes.*put back the file/) });
  expect(String(error)).not.toContain('half of a key');
  expect(await readFile(file, 'utf8')).toBe('half of a key\n');
});

const oidcIssuer = 'https://id.example.org';
const provider = (settings: Partial<HubSettings>) =>
  openIdSettings({ oidcDomains: [], oidcOrg: 'default', ...settings } as unknown as HubSettings);

test('an identity provider is set up as a whole or not at all, its secret in a file', async () => {
  expect(await provider({})).toBeUndefined();
  await expect(provider({ oidcIssuer })).rejects.toThrow('set both oidcIssuer and oidcClientId');
  await expect(provider({ oidcClientId: 'hub' })).rejects.toThrow('set both');
  await writeFile(join(directory, 'secret'), 'the secret\n');
  const oidcClientSecretFile = join(directory, 'secret');
  expect(await provider({ oidcIssuer, oidcClientId: 'hub', oidcClientSecretFile })).toMatchObject({
    issuer: oidcIssuer,
    clientSecret: 'the secret',
  });
});

test.each([
  ['http://127.0.0.1:9000', true],
  ['http://localhost', true],
  ['HTTP://id.example.org', false],
  ['http://127.0.0.1.example.org', false],
])('an identity provider at %s is taken: %s', async (issuer, isTaken) => {
  const made = provider({ oidcIssuer: issuer, oidcClientId: 'hub' });
  if (isTaken) expect(await made).toMatchObject({ issuer });
  else await expect(made).rejects.toThrow('https://');
});
