import { expect, test } from 'vitest';
import { isOutdated, versionNotice } from './version.js';

test.each([
  ['0.2.9', '0.3.0', true],
  ['0.9.0', '1.0.0', true],
  ['v0.2', '0.3.1', true],
  ['0.3.0', '0.3.9', false],
  ['0.4.0', '0.3.0', false],
  ['1.0.0', '0.9.0', false],
  ['0.3.0-rc.1', '0.3.0', false],
  ['', '0.3.0', false],
  ['nightly', '0.3.0', false],
])('a sidecar of version %j at a hub of %j: outdated is %j', (version, hub, outdated) => {
  expect(isOutdated(version, hub)).toBe(outdated);
  expect(versionNotice(version, hub) !== null).toBe(outdated);
});
