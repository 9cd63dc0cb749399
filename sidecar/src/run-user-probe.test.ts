import { expect, it } from 'vitest';
import { whyUnusable } from './run-user-probe.js';

const needs = { dirs: ['/'], programs: ['sh'], searchPath: '/bin:/usr/bin' };

it('a user that is not there is named, with what to do', async () => {
  expect(await whyUnusable({ ...needs, name: 'no-such-user' })).toContain('no user no-such-user on this machine');
});

/** Of Debian: a user with a group of its own. */
it.runIf(process.getuid?.() === 0)('what a user cannot reach or run is named', async () => {
  const daemon = { ...needs, name: 'daemon' };
  expect(await whyUnusable(daemon)).toBeUndefined();
  expect(await whyUnusable({ ...daemon, dirs: ['/', '/proc/1/fd'] })).toContain('daemon cannot reach /proc/1/fd');
  expect(await whyUnusable({ ...daemon, programs: ['no-such-program'] })).toContain(
    'daemon cannot run no-such-program',
  );
});
