// The units in ops/deploy are what this writes for a server that ops/deploy/setup.sh sets up; `-u` writes them anew.

import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../testing.js';
import { HUB_NODE_ARGS } from './hub-definition.js';
import { HUB_PROGRAM, type ServiceProgram, sidecarProgram } from './programs.js';
import { type ServiceSpec, systemdUnit } from './service-text.js';

const UNITS = join(import.meta.dirname, '..', '..', '..', 'ops', 'deploy', 'systemd');
const DATA = '/var/lib/agentcom';
const HOME = '/home/builder';
const OF_SYSTEM = '/usr/local/bin:/usr/bin:/bin';

interface Deployed {
  readonly program: ServiceProgram;
  readonly spec: ServiceSpec;
  readonly user: string;
  /** What `systemd-analyze security` may say of it, in tenths. */
  readonly exposureMax: number;
}

const HUB: Deployed = {
  program: { ...HUB_PROGRAM, by: 'agentcom up --service` for ops/deploy/setup.sh: change it with `systemctl edit' },
  spec: {
    argv: [
      ...['/opt/agentcom/bin/node', ...HUB_NODE_ARGS, '/opt/agentcom/current/dist/main.js'],
      ...['up', '--data-dir', DATA, '--config', '/etc/agentcom/hub.toml'],
    ],
    path: `/opt/agentcom/bin:${OF_SYSTEM}`,
    dir: DATA,
    environmentFile: '/etc/agentcom/environment',
    variables: {},
    writable: [DATA],
    isOutsideHomes: true,
  },
  user: 'agentcom',
  exposureMax: 20,
};

const AGENT = join(HOME, '.local/share/agentcom/agents/builder');
const SIDECAR: Deployed = {
  program: sidecarProgram('builder'),
  spec: {
    argv: [join(HOME, '.local/bin/agentcom'), 'sidecar', '--config', join(AGENT, 'sidecar.toml')],
    path: `${HOME}/.local/bin:${OF_SYSTEM}`,
    dir: AGENT,
    environmentFile: join(AGENT, 'environment'),
    variables: {},
  },
  user: 'builder',
  exposureMax: 43,
};

function hasSystemd(): boolean {
  return spawnSync('systemd-analyze', ['--version']).status === 0;
}

const textOf = ({ program, spec, user }: Deployed) => systemdUnit(program, spec, user);

describe.each([HUB, SIDECAR])('the unit of $program.title', (deployed) => {
  let dir: Awaited<ReturnType<typeof temporaryDir>>;
  beforeEach(async () => {
    dir = await temporaryDir();
  });
  afterEach(() => dir.remove());

  const analyze = async (args: readonly string[], text: string) => {
    const file = join(dir.path, deployed.program.unit);
    await writeFile(file, text);
    return promisify(execFile)('systemd-analyze', [...args, file]);
  };

  it('is the one in ops/deploy', async () => {
    await expect(textOf(deployed)).toMatchFileSnapshot(join(UNITS, deployed.program.unit));
  });

  it.skipIf(!hasSystemd())('exposes no more than it has to, by the measure of systemd', async () => {
    const args = ['security', '--offline=yes', '--no-pager', `--threshold=${deployed.exposureMax}`];
    await expect(analyze(args, textOf(deployed))).resolves.toMatchObject({ stderr: '' });
  });

  it.skipIf(!hasSystemd())('is understood by systemd without a word', async () => {
    // It looks whether the program is there, which is no question here.
    const spec = { ...deployed.spec, argv: ['/bin/sh', ...deployed.spec.argv] };
    const { stderr, stdout } = await analyze(['verify', '--man=no'], textOf({ ...deployed, spec }));
    expect(stdout + stderr).toBe('');
  });
});

const SETUP = join(UNITS, '..', 'setup.sh');

describe('the set-up script of a server', () => {
  it.skipIf(spawnSync('shellcheck', ['--version']).status !== 0)('has no fault that shellcheck finds', () => {
    const { stdout } = spawnSync('shellcheck', ['--shell=sh', SETUP], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  it('refuses what it does not know, before it changes anything', () => {
    const { status, stderr } = spawnSync('/bin/sh', [SETUP, '--dry-run', '--no-such'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([64, expect.stringContaining('--no-such')]);
  });
});
