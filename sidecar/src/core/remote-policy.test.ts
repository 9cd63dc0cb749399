import { describe, expect, it } from 'vitest';
import { ANY_REMOTE, judgeAddresses, judgeRemote, type RemotePolicy } from './remote-policy.js';

/** As the settings are by default. */
const DEFAULT: RemotePolicy = { repositories: ['*'], hosts: ['*'], localHosts: [], directories: [] };

/** The setting that refuses the address, or the host that is left to be judged. */
function judged(url: string, policy: Partial<RemotePolicy> = {}): string | null {
  const answer = judgeRemote(url, { ...DEFAULT, ...policy });
  if ('failure' in answer) {
    expect(answer.failure).toMatchObject({ class: 'permanent', code: 'git.not_allowed', mend: 'person' });
    return /`(git\.\w+)` in sidecar\.toml$/.exec(answer.failure.message)?.[1] ?? answer.failure.message;
  }
  return 'host' in answer ? answer.host.text : null;
}

/** Whether a host with this address is refused where nothing near is allowed. */
function isNear(address: string): boolean {
  return judgeAddresses({ name: 'git.example.com', text: 'git.example.com' }, [address], DEFAULT) !== undefined;
}

describe('directories', () => {
  it('are refused unless a pattern allows them, however they are written', () => {
    expect(judged('file:///srv/git/roof.git')).toBe('git.directories');
    const directories = ['/srv/git/*'];
    expect(judged('file:///srv/git/roof.git', { directories })).toBe(null);
    expect(judged('FILE:///srv/git/a%20roof', { directories })).toBe(null);
    for (const url of ['file:///srv/git/../../home/tern', 'file:///srv/git/%2e%2e/x', 'file:///srv/git/..%2f..%2fetc'])
      expect(judged(url, { directories })).toBe('git.directories');
    expect(judged('file:///anywhere', { directories: ['*'] })).toBe(null);
  });

  it('are no hosts, and hosts no directories', () => {
    expect(judged('file:///srv/git/roof.git', { hosts: [], repositories: [], directories: ['*'] })).toBe(null);
    expect(judged('https://github.com/acme/roof', { directories: [] })).toBe('github.com');
  });
});

describe('hosts', () => {
  const hosts = ['github.com', '*.example.com', 'git.example.org:8443', '[2001:db8::1]'];

  it.each([
    ['https://github.com/acme/roof.git', 'github.com'],
    ['https://GitHub.com:443/acme/roof.git', 'github.com'],
    ['https://github.com./acme/roof.git', 'github.com'],
    ['ssh://git@github.com/acme/roof.git', 'github.com'],
    ['git@github.com:acme/roof.git', 'github.com'],
    ['https://git.example.com/acme/roof', 'git.example.com'],
    ['https://git.example.org:8443/acme/roof', 'git.example.org:8443'],
    ['ssh://git@[2001:DB8::1]/acme/roof', '[2001:db8::1]'],
    ['https://github.com:8080/acme/roof', 'git.hosts'],
    ['https://git.example.org/acme/roof', 'git.hosts'],
    ['https://github.com@evil.example.net/acme/roof', 'git.hosts'],
    ['https://evil-example.com/acme/roof', 'git.hosts'],
    ['git@github.com.evil.net:acme/roof', 'git.hosts'],
  ])('%s: %s', (url, expected) => expect(judged(url, { hosts })).toBe(expected));
});

describe('repositories', () => {
  const repositories = [
    'github.com/acme/*',
    'https://git.example.com:8443/team/roof.git',
    'git@gitlab.com:tern/nest.git',
  ];

  it.each([
    'https://github.com/acme/roof.git',
    'https://tern@github.com/acme/roof',
    'git@github.com:acme/roof.git',
    'ssh://git@github.com/acme/group/roof/',
    'https://git.example.com:8443/team/roof',
    'https://gitlab.com/tern/nest',
  ])('%s is allowed', (url) => expect(judged(url, { repositories })).not.toBe('git.repositories'));

  it.each([
    'https://github.com/acme',
    'https://github.com/acme2/roof.git',
    'https://github.com/acme/../evil/roof',
    'https://github.com/acme/%2e%2e/evil/roof',
    'https://github.com/acme/x%2f..%2f..%2fevil/roof',
    'https://github.com//acme//../evil',
    'git@github.com:acme/../evil/roof',
    'git@github.com:/acme/./roof',
    'https://example.com/github.com/acme/roof',
    'https://git.example.com/team/roof',
  ])('%s is not', (url) => expect(judged(url, { repositories })).toBe('git.repositories'));
});

describe('addresses', () => {
  it.each([
    ...['127.0.0.1', '127.8.8.8', '0.0.0.0', '169.254.169.254', '255.255.255.255', '224.0.0.1', '100.100.100.200'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', 'fd00:ec2::254', '168.63.129.16'],
    ...['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe'],
    ...['2002:7f00:1::', '2002:a9fe:a9fe::1'],
  ])('%s is of this machine, or known to it alone', (address) => expect(isNear(address)).toBe(true));

  it.each([
    ...['140.82.121.3', '10.0.0.7', '192.168.1.9', '172.16.0.1', '126.255.255.255', '128.0.0.1'],
    ...['2606:50c0:8000::153', 'fd12:3456::1', '::ffff:140.82.121.3', '64:ff9b::8c52:7903', '2002:8c52:7903::1'],
  ])('%s is of another one', (address) => expect(isNear(address)).toBe(false));

  it.each([
    ...['http://127.0.0.1/x', 'http://2130706433/x', 'http://0x7f000001/x', 'http://0177.0.0.1/x', 'http://127.1/x'],
    ...[
      'http://0x7f.1/x',
      'http://%31%32%37.0.0.1/x',
      'http://１２７.0.0.1/x',
      'http://127.0.0.1./x',
      'http://[::1]/x',
    ],
    ...['http://[::ffff:7f00:1]/x', 'http://[0:0:0:0:0:ffff:127.0.0.1]/x', 'ssh://git@2130706433/x', 'git@127.1:x'],
    ...['ssh://git@[::1]:22/x', 'git@[::1]:x', 'http://0/x'],
  ])('%s is known for one in any notation', (url) => {
    const answer = judgeRemote(url, DEFAULT);
    if (!('host' in answer)) throw new Error('not judged by its address');
    expect(judgeAddresses(answer.host, [answer.host.name], DEFAULT)).toMatchObject({ code: 'git.not_allowed' });
  });

  it.each(['git@[127.0.0.1:22]:x', 'git@[localhost:22]:x', 'git@[127.0.0.1]:x'])(
    '%s has no address of IPv6 in its brackets, and is refused: git reads a port there',
    (url) => expect(judged(url)).toBe('git.hosts'),
  );

  it.each(['http://x.localhost/a', 'http://LOCALHOST./a', 'git@a.b.localhost:x'])(
    '%s is one by its name, whatever the system resolves it to',
    (url) => {
      const answer = judgeRemote(url, DEFAULT);
      if (!('host' in answer)) throw new Error('not judged by its name');
      expect(judgeAddresses(answer.host, [], DEFAULT)).toMatchObject({ code: 'git.not_allowed' });
      expect(judgeAddresses(answer.host, [], { ...DEFAULT, localHosts: ['*localhost'] })).toBeUndefined();
    },
  );

  it('are refused when one of several is near, by a message that names the setting', () => {
    const host = { name: 'git.example.com', text: 'git.example.com:3000' };
    const failure = judgeAddresses(host, ['140.82.121.3', '169.254.169.254'], DEFAULT);
    expect(failure?.message).toBe(
      'the host git.example.com:3000 (169.254.169.254) is this machine itself, or known to it alone: allow it with `git.localHosts` in sidecar.toml',
    );
    for (const localHosts of [['*'], ['git.example.com:*'], ['git.example.com:3000']])
      expect(judgeAddresses(host, ['127.0.0.1'], { ...DEFAULT, localHosts })).toBeUndefined();
    expect(judgeAddresses(host, ['127.0.0.1'], { ...DEFAULT, localHosts: ['git.example.com'] })).toBeDefined();
    expect(judgeAddresses(host, [], DEFAULT)).toBeUndefined();
  });

  it('are all allowed to what the owner names', () => {
    expect(judged('file:///srv/x', ANY_REMOTE)).toBe(null);
    expect(judgeAddresses({ name: '::1', text: '[::1]' }, ['::1'], ANY_REMOTE)).toBeUndefined();
  });
});
