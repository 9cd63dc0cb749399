// For tests: a machine of a few small programs, real ones in a directory that is the whole PATH.

import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@agentcom/sidecar/host/exec';

export class TestMachine {
  private constructor(
    readonly home: string,
    readonly bin: string,
  ) {}

  static async at(dir: string): Promise<TestMachine> {
    const machine = new TestMachine(join(dir, 'home'), join(dir, 'bin'));
    for (const path of [machine.home, machine.bin]) await mkdir(path, { recursive: true });
    return machine;
  }

  get env(): Record<string, string> {
    return { PATH: this.bin, HOME: this.home };
  }

  get places() {
    return { env: this.env, home: this.home, cwd: this.home };
  }

  /** A program whose whole body is this; `$*` are its arguments. */
  async program(name: string, body: string): Promise<string> {
    const path = join(this.bin, name);
    // It may be a link to a program of the system, which is not to be written through.
    await rm(path, { force: true });
    await writeFile(path, `#!/bin/sh\n${body}\n`, { flag: 'wx' });
    await chmod(path, 0o755);
    return path;
  }

  async unlink(name: string): Promise<void> {
    await rm(join(this.bin, name));
  }

  /** The system's own. */
  async link(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const path = await findProgram(name, process.env, '/');
      if (path === undefined) throw new Error(`${name} is not installed`);
      await symlink(path, join(this.bin, name));
    }
  }
}
