import { expect, it } from 'vitest';
import { isRequestOf, repoAddress } from './repo-address.js';

it.each([
  ['https://github.com/team/app.git', 'github.com', 'team/app'],
  ['http://Git.Example.com:8080/a/b/c/', 'git.example.com:8080', 'a/b/c'],
  ['ssh://git@git.example.com:2222/team/app.git', 'git.example.com', 'team/app'],
  ['git@github.com:team/app.git', 'github.com', 'team/app'],
  ['git@[2001:db8::1]:team/app.git', '[2001:db8::1]', 'team/app'],
  ['https://me@git.example.com/team/app', 'git.example.com', 'team/app'],
  ['github.com:team/app', 'github.com', 'team/app'],
])('reads %s', (url, host, path) => {
  expect(repoAddress(url)).toEqual({ host, path });
});

it.each(['file:///srv/app.git', '/srv/app.git', 'https://github.com/', 'nonsense'])('finds no host in %s', (url) => {
  expect(repoAddress(url)).toBeNull();
});

it.each([
  ['https://git.example.com/team/app.git', 'https://git.example.com/team/app/pull/7', true],
  ['https://git.example.com:8443/team/app', 'http://Git.Example.com/team/app/pull/7', true],
  ['git@github.com:team/app.git', 'https://github.com/team/app/pull/7', true],
  ['ssh://git@ssh.github.com:443/team/app.git', 'https://github.com/team/app/pull/7', true],
  ['git@example.com:team/app.git', 'https://gitlab.example.com/team/app/-/merge_requests/7', true],
  ['work:team/app.git', 'https://github.com/team/app/pull/7', true],
  ['http://localhost:3000/team/app', 'http://localhost:3000/team/app/pulls/7', true],
  ['https://git.example.com/team/app.git', 'https://evil.example.org/team/app/pull/7', false],
  ['https://git.example.com/team/app.git', 'https://evilgit.example.com.org/team/app/pull/7', false],
  ['https://example.com/team/app.git', 'https://notexample.com/team/app/pull/7', false],
  ['https://git.example.com/team/app.git', 'https://com/team/app/pull/7', false],
  ['https://10.0.0.1/team/app.git', 'https://1/team/app/pull/7', false],
  ['http://localhost:3000/team/app', 'http://evil.example.org/team/app/pulls/7', false],
  ['git@github.com:team/app.git', 'javascript:alert(1)', false],
  ['file:///srv/app.git', 'https://github.com/team/app/pull/7', false],
])('of %s is a request at %s: %s', (repo, url, isOf) => {
  expect(isRequestOf(repo, url)).toBe(isOf);
});
