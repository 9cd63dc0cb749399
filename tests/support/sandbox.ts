// A directory and the processes of one test. When it closes nothing of either is left, and whatever ran on is named.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, type ChildOptions } from './child.js';
import { processesOf } from './process-list.js';
import { eventually } from './wait.js';

const END_TIMEOUT_MS = 30_000;

export class Sandbox {
  /** Short, because Unix sockets below it have short names only. */
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'agentcom-t-')));
  readonly #children = new Set<Child>();
  readonly #killAtExit = (): void => this.#killAll();

  constructor() {
    process.once('exit', this.#killAtExit);
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  run(program: string, args: readonly string[], options: ChildOptions = {}): Child {
    const child = new Child(program, args, { cwd: this.dir, ...options, env: { ...this.#home(), ...options.env } });
    this.#children.add(child);
    void child.ended.then(() => this.#children.delete(child));
    return child;
  }

  /** Nothing of the person who runs the tests is read or written, but the cache of programs. */
  #home(): Readonly<Record<string, string | undefined>> {
    const { HOME = '', XDG_CACHE_HOME = join(HOME, '.cache') } = process.env;
    return { HOME: this.path('home'), XDG_CACHE_HOME, XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined };
  }

  /** Kills what still runs and removes the directory. Returns the command lines of what nobody had ended. */
  async close(): Promise<string[]> {
    await Promise.all([...this.#children].map((child) => child.kill9()));
    const left = processesOf(this.dir);
    this.#killAll();
    await eventually('the end of every process of the sandbox', END_TIMEOUT_MS, () => {
      this.#killAll();
      return processesOf(this.dir).length === 0 ? true : undefined;
    });
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    process.removeListener('exit', this.#killAtExit);
    return left.map(({ command }) => command);
  }

  #killAll(): void {
    for (const { pid } of processesOf(this.dir)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone between the listing and the signal.
      }
    }
  }
}
