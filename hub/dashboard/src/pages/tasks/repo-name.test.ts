import { expect, test } from 'vitest';
import { repoName } from './repo-name.js';

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
