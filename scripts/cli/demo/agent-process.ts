// The demonstration's sidecar as a child process. Its channel to this process ends with it, so it never outlives a killed hub.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';

const STOP_MS = 5_000;

export class AgentProcess {
  #child: ChildProcess | undefined;
  #stopping = false;

  /** `ended` is called when it ends although nobody asked it to. */
  constructor(private readonly ended: (what: string) => void) {}

  /** The log is begun anew at every start. */
  async start(entry: string, config: string, logFile: string): Promise<void> {
    const log = await open(logFile, 'w', 0o600);
    try {
      if (this.#stopping) return;
      const child = spawn(process.execPath, [entry, 'sidecar', '--config', config], {
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
        detached: true,
      });
      this.#child = child;
      child.once('error', (error) => this.ended(error.message));
      child.once('exit', (code, signal) => {
        if (!this.#stopping) this.ended(`${signal ?? `exit code ${code}`}`);
      });
    } finally {
      await log.close();
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(force);
  }
}
