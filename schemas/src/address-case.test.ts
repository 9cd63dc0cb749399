import { expect, it } from 'vitest';
import { inUsualCase } from './address-case.js';
import { isRepoUrl } from './git-names.js';
import { resolveSettings } from './settings.js';
import { compile } from './validate.js';

it.each([
  ['HTTP://Hub.Example.ORG:7700/Path', 'http://hub.example.org:7700/Path'],
  ['HTTPS://Me@Git.Example.org/Team/Repo.git', 'https://Me@git.example.org/Team/Repo.git'],
  ['Https://[FE80::1]/', 'https://[fe80::1]/'],
  ['NATS://One:4222,NATS://Two', 'nats://one:4222,nats://two'],
  // What ssh calls a host may be an alias of its configuration, where case counts.
  ['SSH://Git@Host/Repo', 'ssh://Git@Host/Repo'],
  ['FILE:///Home/Me', 'file:///Home/Me'],
  ['git@Host:Team/Repo', 'git@Host:Team/Repo'],
  ['/Home/Me', '/Home/Me'],
])('%s is %s', (given, usual) => {
  expect(inUsualCase(given)).toBe(usual);
});

it('an address is a setting in any case, and is used in the usual one', () => {
  const readFile = () => '';
  const hub = 'HTTPS://Hub.Example.org';
  const client = resolveSettings('client', { flags: { hub }, readFile }, compile);
  expect(client).toMatchObject({ value: { hub: 'https://hub.example.org' } });
  const env = { AGENTCOM_PUBLIC_URL: hub, AGENTCOM_NATS: 'NATS://One:4222', AGENTCOM_NATS_PASSWORD: 'HTTP://Secret' };
  expect(resolveSettings('hub', { env, readFile }, compile)).toMatchObject({
    value: { publicUrl: 'https://hub.example.org', nats: 'nats://one:4222', natsPassword: 'HTTP://Secret' },
  });
  const content = {
    ...{ hub, keyFile: 'key', name: 'a', stateDir: 's', repoRoot: 'r' },
    forges: [{ host: 'git.example.org', kind: 'gitea', apiUrl: 'HTTPS://git.example.org/api/v1' }],
  };
  const sidecar = resolveSettings('sidecar', { file: { name: 'sidecar.toml', content }, readFile }, compile);
  expect(sidecar).toMatchObject({ ok: true, value: { hub: 'https://hub.example.org' } });
});

it.each(['FILE:///srv/repo', 'HTTPS://Example.org/a.git', 'SSH://git@Host/a'])(
  '%s is an address of a repository',
  (url) => {
    expect(isRepoUrl(url)).toBe(true);
  },
);
