// Users of this machine, made for one test and removed after it: only root can make them.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CLI } from './cli.js';
import { whyNoOtherUser } from './other-user.js';
import type { Sandbox } from './sandbox.js';

let number = 0;

/** Why there can be none here; undefined when there can. */
export function whyNoUsers(): string | undefined {
  const missing = ['useradd', 'userdel', 'setpriv'].find((name) => spawnSync(name, ['--help']).error !== undefined);
  return whyNoOtherUser() ?? (missing === undefined ? undefined : `${missing} is missing`);
}

export function hasSudo(): boolean {
  return spawnSync('sudo', ['--version']).status === 0;
}

export class Users {
  readonly #sandbox: Sandbox;
  readonly #names: string[] = [];
  readonly #rules: string[] = [];

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    chmodSync(sandbox.dir, 0o755);
  }

  /** A user with a home and a group of its own. */
  add(what: string): string {
    const name = `ac-${what}-${process.pid}-${++number}`;
    execFileSync('useradd', ['--create-home', '--home-dir', this.#sandbox.path(`home-${what}`), '--user-group', name]);
    this.#names.push(name);
    return name;
  }

  join(name: string, group: string): void {
    execFileSync('usermod', ['--append', '--groups', group, name]);
  }

  /** Lets one run the shell as the other. */
  allow(name: string, as: string): void {
    const file = `/etc/sudoers.d/agentcom-test-${process.pid}-${++number}`;
    writeFileSync(file, `${name} ALL=(${as}) NOPASSWD: /bin/sh\n`, { mode: 0o440 });
    this.#rules.push(file);
  }

  give(path: string, name: string): void {
    execFileSync('chown', ['--recursive', `${name}:${name}`, path]);
  }

  /** The command as it was built, where every user reaches it. */
  command(as?: string): readonly [string, ...string[]] {
    const build = this.#sandbox.path('build');
    cpSync(dirname(CLI), build, { recursive: true });
    const command = [process.execPath, this.#sandbox.path('build', 'main.js')] as const;
    if (as === undefined) return command;
    return ['setpriv', '--reuid', as, '--regid', as, '--init-groups', '--', ...command];
  }

  /** Command lines of all that runs as the user. */
  processesOf(name: string): string[] {
    const { stdout } = spawnSync('ps', ['-u', name, '-o', 'stat=,args='], { encoding: 'utf8' });
    return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('Z'));
  }

  remove(): void {
    for (const file of this.#rules.splice(0)) rmSync(file, { force: true });
    for (const name of this.#names.splice(0)) {
      spawnSync('pkill', ['-KILL', '-u', name]);
      spawnSync('userdel', ['--force', '--remove', name]);
    }
  }
}
