import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubSettings } from '@agentcom/schemas';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openIdSettings, secretSealer } from './identity.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'identity-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('the secret key is made once, readable only by its user, and opens what it sealed after a restart', async () => {
  const sealed = (await secretSealer(directory, undefined)).seal('a secret', 'ada');
  expect((await stat(join(directory, 'secret.key'))).mode & 0o777).toBe(0o600);
  expect((await secretSealer(directory, undefined)).open(sealed, 'ada')).toBe('a secret');
});

test('hubs that are given the same file open what another has sealed', async () => {
  const file = join(directory, 'shared.key');
  const sealed = (await secretSealer(join(directory, 'one'), file)).seal('a secret', 'ada');
  expect((await secretSealer(join(directory, 'two'), file)).open(sealed, 'ada')).toBe('a secret');
});

test('a secret key that is none stops the start, says what to do, and is neither shown nor replaced', async () => {
  const file = join(directory, 'secret.key');
  await writeFile(file, 'half of a key\n');
  const error = await secretSealer(directory, undefined).catch((failure: Error) => failure);
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
