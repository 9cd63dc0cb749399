// Tells systemd that a hub or a sidecar is up, that it still lives, and that it stops. By systemd's own program, because Node has no
// datagram sockets of Unix; the unit needs `NotifyAccess=all` for that.

import { execFile } from 'node:child_process';
import type { LogWriter } from '../log.js';

type Environment = Readonly<Record<string, string | undefined>>;

const PROGRAM = 'systemd-notify';
const TELL_MS = 5_000;

export class Systemd {
  readonly #env: Environment;
  readonly #log: Pick<LogWriter, 'warn'>;
  #watchdog: NodeJS.Timeout | undefined;
  #telling: Promise<void> = Promise.resolve();

  /** Does nothing where the environment does not say that systemd listens. */
  constructor(env: Environment, log: Pick<LogWriter, 'warn'>) {
    this.#env = env;
    this.#log = log;
  }

  /** From here on it also says that it lives, twice in the time in which systemd expects that. It cannot while the process hangs. */
  ready(): void {
    this.#tell('READY=1');
    const everyMs = watchdogMs(this.#env);
    if (everyMs !== undefined && this.#watchdog === undefined) {
      this.#watchdog = setInterval(() => this.#tell('WATCHDOG=1'), everyMs);
      this.#watchdog.unref();
    }
  }

  /** Resolves when systemd has been told. */
  async stopping(): Promise<void> {
    clearInterval(this.#watchdog);
    this.#tell('STOPPING=1');
    await this.#telling;
  }

  #tell(what: string): void {
    if (!this.#env.NOTIFY_SOCKET) return;
    this.#telling = this.#telling.then(
      () =>
        new Promise((resolve) => {
          execFile(PROGRAM, [what], { env: { ...this.#env }, timeout: TELL_MS }, (error) => {
            if (error !== null) this.#log.warn({ err: error }, `systemd was not told ${what}`);
            resolve();
          });
        }),
    );
  }
}

function watchdogMs({ NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID }: Environment): number | undefined {
  const usec = Number(WATCHDOG_USEC);
  const isOurs = !WATCHDOG_PID || Number(WATCHDOG_PID) === process.pid;
  return NOTIFY_SOCKET && isOurs && usec > 0 ? Math.max(100, usec / 2000) : undefined;
}
