import { expect, test } from 'vitest';
import { pullRequestName, repoName } from './repo-name.js';

test.each([
  ['https://github.com/acme/shop.git', 'acme/shop'],
  ['ssh://git@example.org:22/acme/shop', 'acme/shop'],
  ['git@example.org:acme/shop.git', 'acme/shop'],
  ['/home/ada/code/shop/', 'code/shop'],
  ['file:///srv/shop.git', 'srv/shop'],
  ['https://gitlab.example/a/b/c/d', 'c/d'],
])('%s is %s', (url, name) => {
  expect(repoName(url)).toBe(name);
});

test('a pull request is called by its number', () => {
  expect(pullRequestName('https://github.com/acme/api/pull/12')).toBe('#12');
  expect(pullRequestName('https://git.example.com/acme/api/-/merge_requests/7/')).toBe('#7');
  expect(pullRequestName('https://git.example.com/review')).toBe('git.example.com');
});
