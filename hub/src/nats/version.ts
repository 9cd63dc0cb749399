// Which nats-server versions are good enough, for programs on disk and for servers reached over the network.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** 2.10 is the first that knows `sync_interval`; older ones drop options they do not know without a word. */
export const MINIMUM_VERSION = '2.10.0';

const ASK_TIMEOUT_MS = 10_000;
const REMEDY = 'install nats-server 2.10 or newer, or let `node scripts/setup.mjs --nats-only` fetch one';

export class NatsTooOld extends Error {
  override readonly name = 'NatsTooOld';

  /** `where` is a program's path or a server's address. */
  constructor(
    readonly version: string,
    readonly where: string,
  ) {
    super(`nats-server ${version} (${where}) is too old: ${REMEDY}`);
  }
}

export class NoNatsServer extends Error {
  override readonly name = 'NoNatsServer';

  constructor(reason: string, options?: ErrorOptions) {
    super(`${reason}: ${REMEDY}`, options);
  }
}

/** Negative when `a` is older than `b`. What follows the three numbers (`-RC.1`) does not count. */
export function compareVersions(a: string, b: string): number {
  const left = numbersOf(a);
  const right = numbersOf(b);
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** Throws `NatsTooOld` below the minimum. */
export function requireVersion(version: string, where: string): void {
  if (compareVersions(version, MINIMUM_VERSION) < 0) throw new NatsTooOld(version, where);
}

/** Asks a nats-server program for its version, such as `2.10.27`. Throws `NoNatsServer` when it is not one. */
export async function executableVersion(executable: string): Promise<string> {
  let printed: string;
  try {
    const options = { timeout: ASK_TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 } as const;
    printed = (await promisify(execFile)(executable, ['--version'], options)).stdout;
  } catch (cause) {
    throw new NoNatsServer(`${executable} does not run as a nats-server`, { cause });
  }
  const version = /^nats-server: v(\d+\.\d+\.\d+\S*)/m.exec(printed)?.[1];
  if (version === undefined) throw new NoNatsServer(`${executable} does not report a nats-server version`);
  return version;
}

function numbersOf(version: string): [number, number, number] {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  return match === null ? [0, 0, 0] : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}
