import { expect, it } from 'vitest';
import { repoAddress } from './repo-address.js';

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
