import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isBranchName, isGitRef, isRepoUrl } from './git-names.js';

describe('references', () => {
  const names = [
    'main',
    'feature/x',
    'a/b/c',
    'a.b',
    'a..b',
    'a.lock',
    'a.lock/b',
    'a.locked',
    '.a',
    'a/.b',
    'a.',
    'a/',
    '/a',
    'a//b',
    'a b',
    'a~b',
    'a^b',
    'a:b',
    'a?b',
    'a*b',
    'a[b',
    'a]b',
    'a\\b',
    'a@b',
    'a@{b',
    '{@}',
    'tab\tx',
    'delete\u007fx',
    'ünïcode/日本',
    'a--b',
    'a=b;c',
    '$(x)',
    '`x`',
    "it's",
  ];

  it.each(names)('agrees with git about refs/heads/%s', (name) => {
    const git = spawnSync('git', ['check-ref-format', `refs/heads/${name}`]);
    expect(isGitRef(`refs/heads/${name}`)).toBe(git.status === 0);
    expect(isBranchName(name)).toBe(git.status === 0);
  });

  it.each(['', '@', 'HEAD', '-f', '--upload-pack=x'])(
    'takes %j for no branch, whatever git could make of it',
    (name) => {
      expect(isBranchName(name)).toBe(false);
    },
  );

  it.each(['main', 'refs', 'refs/', '-refs/x', '/refs/x'])('takes %j for no full reference', (name) => {
    expect(isGitRef(name)).toBe(false);
  });
});

describe('repository addresses', () => {
  it.each([
    'https://example.com/a/b.git',
    'http://127.0.0.1:3000/a.git',
    'https://[::1]:3000/a.git',
    'ssh://git@example.com/a.git',
    'ssh://git@example.com:2222/~user/a.git',
    'ssh://example.com/a.git',
    'git@example.com:team/a.git',
    'git@example.com:/srv/a.git',
    'https://me@example.com/a.git',
    'https://ada%40example.org@dev.example.com/a.git',
    'git@[2001:db8::1]:team/a.git',
    'ssh://git@[::1]:2222/a.git',
    'my_alias:team/a.git',
    'example.com:a.git',
    'file:///srv/git/a.git',
    'file:///srv/with%20space/a.git',
  ])('accepts %s', (url) => {
    expect(isRepoUrl(url)).toBe(true);
  });

  it.each([
    ['an empty text', ''],
    ['a bare path', '/srv/git/a.git'],
    ['a relative path', '../a.git'],
    ['an option', '--upload-pack=touch$IFS'],
    ['an option before an address', '-uhttps://example.com/a'],
    ['a password', 'https://user:secret@example.com/a.git'],
    ['a token as user', 'https://ghp_secret@example.com/a.git'],
    ['a long token as user', 'https://0123456789abcdef0123456789abcdef01234567@example.com/a.git'],
    ['a name and a password, encoded', 'https://me%3Asecret@example.com/a.git'],
    ['a drive of Windows', 'C:\\src\\a'],
    ['a scheme without its slashes', 'https:example.com/a'],
    ['a token in the query', 'https://example.com/a.git?token=secret'],
    ['a password over ssh', 'ssh://git:secret@example.com/a.git'],
    ['a command as host', 'ssh://-oProxyCommand=x/a'],
    ['an encoded command as host', 'ssh://%2doProxyCommand=x/a'],
    ['a command as user', 'ssh://-oProxyCommand=x@example.com/a'],
    ['a command as host, short form', 'git@-oProxyCommand=x:a'],
    ['a host with a port in brackets, short form', 'git@[127.0.0.1:22]:a'],
    ['an option as path, short form', 'git@example.com:-x'],
    ['a helper', 'ext::sh -c x'],
    ['a helper in an address', 'ext::https://example.com/a'],
    ['another scheme', 'ftp://example.com/a'],
    ['git without authentication', 'git://example.com/a'],
    ['a file on another host', 'file://host/a'],
    ['a relative file', 'file:a/b'],
    ['a line break', 'https://example.com/a\nb'],
    ['a space', 'https://example.com/a b'],
    ['a NUL', 'https://example.com/a\u0000b'],
    ['an encoded NUL', 'file:///srv/a%00b'],
    ['an encoded line break', 'https://example.com/a%0Ab'],
    ['a broken address', 'https://'],
  ])('refuses %s', (_, url) => {
    expect(isRepoUrl(url)).toBe(false);
  });
});

it.each([
  'https://git.example.org/ann/../bob/x.git',
  'https://git.example.org/ann/%2e%2e/bob/x.git',
  'https://git.example.org/ann/..;/bob/x.git',
  'https://git.example.org/ann/..%3bx/bob/x.git',
  'https://git.example.org/ann/.%2E/bob/x.git',
  'https://git.example.org/ann/..%2fbob/x.git',
  'https://git.example.org/ann\\..\\bob/x.git',
  'https://git.example.org/./x.git',
  'git@git.example.org:../x.git',
  'ssh://git.example.org/ann/../x.git',
  'file:///srv/ann/../bob.git',
])('takes no address that leads elsewhere than it says: %s', (url) => {
  expect(isRepoUrl(url)).toBe(false);
});

it.each(['https://git.example.org/a..b/x.git', 'https://git.example.org/.github.git', 'file:///srv/..x/y.git'])(
  'takes dots within a name: %s',
  (url) => {
    expect(isRepoUrl(url)).toBe(true);
  },
);
