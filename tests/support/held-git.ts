// A git that waits before one of its commands while it is told to, so that a sidecar can be caught in the middle of a phase.

import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import type { Sandbox } from './sandbox.js';
import { eventually } from './wait.js';

export class HeldGit {
  readonly program: string;
  readonly #hold: string;
  readonly #held: string;

  constructor(sandbox: Sandbox, name = 'held-git') {
    this.program = sandbox.path(name);
    this.#hold = sandbox.path(`${name}.hold`);
    this.#held = sandbox.path(`${name}.held`);
    const script = `#!/bin/sh
if [ -e '${this.#hold}' ]; then
  read -r word < '${this.#hold}'
  case " $* " in
    *" $word "*)
      : > '${this.#held}'
      while [ -e '${this.#hold}' ]; do sleep 0.05; done
  esac
fi
exec git "$@"
`;
    writeFileSync(this.program, script);
    chmodSync(this.program, 0o755);
  }

  /** From now on a command with this word, or these in a row, among its arguments waits. */
  hold(word: string): void {
    rmSync(this.#held, { force: true });
    writeFileSync(this.#hold, `${word}\n`);
  }

  async caught(): Promise<void> {
    await eventually('git at the held command', 30_000, () => existsSync(this.#held) || undefined);
  }

  release(): void {
    rmSync(this.#hold, { force: true });
  }
}
