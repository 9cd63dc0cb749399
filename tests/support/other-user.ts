// Another user of the machine, who may use the command as it was built but owns nothing: only root can be one.

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Child } from './child.js';
import { CLI } from './cli.js';
import type { Sandbox } from './sandbox.js';

/** `nobody` on most systems; nothing depends on whether it has a name. */
const UID = 65_534;

/** Why there can be none here; undefined when there can. */
export function whyNoOtherUser(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can start a program as another user';
  const { status } = spawnSync(process.execPath, ['--version'], { uid: UID, gid: UID, stdio: 'ignore' });
  return status === 0 ? undefined : 'another user cannot run this Node';
}

export class OtherUser {
  readonly cli: string;
  readonly #sandbox: Sandbox;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /** `home`: is created, read-only. */
  constructor(sandbox: Sandbox, home: string) {
    this.#sandbox = sandbox;
    chmodSync(sandbox.dir, 0o755);
    // The repository, and what belongs to whoever runs the tests, may be closed to others.
    const build = sandbox.path('build');
    cpSync(dirname(CLI), build, { recursive: true });
    this.cli = sandbox.path('build', 'main.js');
    const server = sandbox.path('nats-server');
    cpSync(String(process.env.AGENTCOM_NATS_SERVER), server);
    chmodSync(server, 0o755);
    mkdirSync(home, { recursive: true });
    chmodSync(home, 0o555);
    const gone = Object.keys(process.env).filter((name) => /^(AGENTCOM|XDG|GIT)_/.test(name));
    this.#env = {
      ...Object.fromEntries(gone.map((name) => [name, undefined])),
      HOME: home,
      AGENTCOM_NATS_SERVER: server,
      AGENTCOM_LOW_DISK_BYTES: '0',
    };
  }

  /** A directory of this user. */
  dir(...parts: string[]): string {
    const path = this.#sandbox.path(...parts);
    mkdirSync(path, { recursive: true });
    chownSync(path, UID, UID);
    return path;
  }

  agentcom(...args: string[]): Child {
    return this.#sandbox.run(process.execPath, [this.cli, ...args], { env: this.#env, uid: UID });
  }
}
