import { expect, test } from 'vitest';
import { isHeldRepository } from './held-repository.js';

test.each([
  'https://github.com/acme/shop.git',
  'https://github.com/acme/shop',
  'https://github.com/acme/shop/',
  'https://me@github.com:443/acme/shop.git/',
  'https://GitHub.com./Acme/Shop.git',
  'https://github.com//acme/./x/../shop',
  'https://github.com/%61cme/shop',
  'ssh://git@github.com:22/acme/shop',
  'git@github.com:acme/shop.git',
  'git@github.com:/acme/shop.git',
])('%s is held however the hold is written', (url) => {
  for (const pattern of [
    'https://github.com/acme/shop',
    'https://github.com/acme/shop.git',
    'git@github.com:acme/shop.git',
    'ssh://git@github.com/acme/shop',
    'github.com/acme/shop',
    'https://github.com/acme/*',
    'https://github.com/acme/*.git',
    '*/acme/shop',
    '*',
  ])
    expect([pattern, isHeldRepository(pattern, url)]).toEqual([pattern, true]);
});

test.each([
  'https://github.com/acme/shop2',
  'https://github.com/acme/shop/x',
  'https://github.com/other/shop',
  'https://github.com.example.org/acme/shop',
  'https://example.org/github.com/acme/shop',
  'https://github.com:8443/acme/shop',
  'https://github.com/acme/%zz',
  'file:///github.com/acme/shop',
])('%s is another one', (url) => {
  expect(isHeldRepository('https://github.com/acme/shop', url)).toBe(false);
});

test('a directory is held by its path, and a task without a repository by no address', () => {
  expect(isHeldRepository('file:///srv/shop.git', 'file:///srv/./shop')).toBe(true);
  expect(isHeldRepository('file:///srv/*', 'file:///srv/../etc/shop')).toBe(true);
  expect(isHeldRepository('file:///srv/*', 'file:///etc/shop')).toBe(false);
  expect(isHeldRepository('*', undefined)).toBe(false);
});
