// An engine for containers as this machine has one, with an image that has nothing but the machine's own programs.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.js';

const TIMEOUT_MS = 60_000;
/** Where a control group or a limit cannot be had, other options may do. */
const VARIANTS = ['', '--cgroup-manager=cgroupfs --runtime=runc'] as const;
const ARGS = ['--volume=/usr:/usr:ro', '--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000'] as const;

export interface Engine {
  readonly engine: string;
  readonly image: string;
  readonly args: readonly string[];
}

/** Undefined when none starts anything here. What it has made is removed with `removeEngine`. */
export function engineIn(sandbox: Sandbox): Engine | undefined {
  if (spawnSync('podman', ['--version']).status !== 0) return undefined;
  const root = sandbox.path('image');
  for (const dir of ['tmp', 'etc', 'proc', 'dev', 'sys', 'usr', 'run']) mkdirSync(join(root, dir), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const name of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  writeFileSync(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const image = `localhost/agentcom-test-${process.pid}:1`;
  execFileSync('tar', ['-C', root, '-cf', sandbox.path('image.tar'), '.']);
  for (const options of VARIANTS) {
    const engine = sandbox.path('podman');
    writeFileSync(engine, `#!/bin/sh\nexec podman ${options} "$@"\n`);
    chmodSync(engine, 0o755);
    if (spawnSync(engine, ['import', sandbox.path('image.tar'), image], { timeout: TIMEOUT_MS }).status !== 0) continue;
    const found = { engine, image, args: ARGS };
    const tried = spawnSync(engine, [
      'run',
      '--rm',
      ...ARGS,
      image,
      '/bin/sh',
      '-c',
      'git --version && node --version',
    ]);
    if (tried.status === 0) return found;
    removeEngine(found);
  }
  return undefined;
}

export function removeEngine({ engine, image }: Engine): void {
  spawnSync(engine, ['rmi', '--force', image], { timeout: TIMEOUT_MS });
}

/** Those of agents, running or not. */
export function containersOf({ engine }: Engine): string[] {
  const { stdout } = spawnSync(engine, ['ps', '--all', '--quiet', '--filter', 'label=agentcom.attempt'], {
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => line !== '');
}
