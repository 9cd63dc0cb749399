import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { findRunUser } from './host/run-user.js';
import { whyUnusable } from './run-user-probe.js';

const needs = { dirs: ['/'], programs: ['sh'], searchPath: '/bin:/usr/bin' };

it('a user that is not there is named, with what to do', async () => {
  expect((await whyUnusable({ ...needs, name: 'no-such-user' }))?.what).toContain(
    'no user no-such-user on this machine',
  );
});

/** Of Debian: a user with a group of its own. */
it.runIf(process.getuid?.() === 0)('what a user cannot reach or run is named', async () => {
  const daemon = { ...needs, name: 'daemon' };
  const whatOf = async (more: Partial<typeof needs>) => (await whyUnusable({ ...daemon, ...more }))?.what;
  expect(await whyUnusable(daemon)).toBeUndefined();
  expect(await whatOf({ dirs: ['/', '/proc/1/fd'] })).toContain('daemon cannot reach /proc/1/fd');
  expect(await whatOf({ programs: ['no-such-program'] })).toContain('daemon cannot run no-such-program');
});

it.runIf(process.getuid?.() === 0 && existsSync('/etc/debian_version'))(
  'a rule of sudo that is missing is given whole',
  async () => {
    const { gid } = await findRunUser('daemon');
    const dir = await mkdtemp(join(tmpdir(), 'agentcom sudo '));
    const sudo = join(dir, 'sudo');
    await writeFile(sudo, '#!/bin/sh\necho "sudo: a password is required" >&2; exit 1\n');
    await chmod(sudo, 0o755);
    vi.stubEnv('PATH', dir);
    vi.spyOn(process, 'getuid').mockReturnValue(4321);
    vi.spyOn(process, 'getgroups').mockReturnValue([gid]);
    try {
      expect(await whyUnusable({ ...needs, name: 'daemon' })).toEqual({
        what: "the sidecar's user may not run programs as daemon (sudo: a password is required)",
        remedy: 'add the line "USER ALL=(daemon) NOPASSWD: /bin/sh" with visudo',
      });
    } finally {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
      await rm(dir, { recursive: true });
    }
  },
);
