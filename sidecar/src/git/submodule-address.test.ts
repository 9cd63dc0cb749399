import { expect, it } from 'vitest';
import { resolved } from './submodule-commits.js';

it.each([
  ['../lib.git', 'https://example.org/team/app.git', 'https://example.org/team/lib.git'],
  ['./lib.git', 'https://example.org/team/app.git', 'https://example.org/team/app.git/lib.git'],
  ['../../other/lib', 'git@example.org:team/app.git', 'git@example.org:other/lib'],
  ['https://example.org/lib', 'git@example.org:team/app.git', 'https://example.org/lib'],
  ['file:///srv/lib.git', 'https://example.org/team/app.git', undefined],
  ['/srv/lib.git', 'file:///srv/app.git', undefined],
  ['', 'file:///srv/app.git', undefined],
])('the address %s of a submodule of %s is %s', (address, parent, whole) => {
  expect(resolved(address, parent)).toBe(whole);
});
