import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { killAll } from './attempt-processes.js';
import type { RunUser } from './run-user.js';

const OTHER: RunUser = { name: 'tern', uid: 4321, gid: 4322, home: '/home/tern', via: 'sudo' };
/** Above what any system gives. */
const PID = 99_999_999;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'agentcom-kill-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

it('those of another user are looked for and killed in one, until none is found', async () => {
  // Behind `-n -u tern -- /bin/sh -c SCRIPT agentcom` come the signal and the variable. The first time it finds one.
  const script = `shift 8; echo "$*" >> '${dir}/asked'; [ -e '${dir}/found' ] || { echo ${PID}; : > '${dir}/found'; }`;
  await writeFile(join(dir, 'sudo'), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  vi.stubEnv('PATH', dir);
  expect(await killAll({ group: null, tag: { AGENTCOM_SOCKET: dir }, user: OTHER }, 10_000)).toBe(true);
  expect(await readFile(join(dir, 'asked'), 'utf8')).toBe(`KILL AGENTCOM_SOCKET=${dir}\n`.repeat(2));
});
