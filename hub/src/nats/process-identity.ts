// Tells a process from another that later gets the same number: number, boot, and time of its start.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Changes at every boot of the machine. */
  readonly bootId: string;
  /** Clock ticks since boot on Linux, a date elsewhere; only ever compared. */
  readonly startedAt: string;
}

const ASK_TIMEOUT_MS = 5_000;

/** Who runs under this number now; null when nobody does, or only a dead process that nobody has collected. */
export function identify(pid: number): ProcessIdentity | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const startedAt = process.platform === 'linux' ? startTicks(pid) : startDate(pid);
  return startedAt === null ? null : { pid, bootId: bootId(), startedAt };
}

export function isRunning(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== null && now.bootId === identity.bootId && now.startedAt === identity.startedAt;
}

/** Sends a signal unless the process is gone; false when it was. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    return process.kill(identity.pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** The command line of a process, words joined by NUL on Linux and by spaces elsewhere; '' when there is none. */
export function commandLine(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'command=') ?? '';
  return readOrNull(`/proc/${pid}/cmdline`)?.replace(/\0$/, '') ?? '';
}

export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, bootId, startedAt } = value as Partial<Record<string, unknown>>;
  return Number.isSafeInteger(pid) && typeof bootId === 'string' && typeof startedAt === 'string';
}

function bootId(): string {
  if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const options = { encoding: 'utf8', timeout: ASK_TIMEOUT_MS } as const;
  return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], options).trim();
}

/** Fields of /proc/PID/stat behind the name, which may itself hold spaces and brackets: state first, start time twentieth. */
function startTicks(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function startDate(pid: number): string | null {
  const printed = ps(pid, 'state=,lstart=');
  const match = printed === null ? null : /^(\S+)\s+(.+)$/.exec(printed);
  return match === null || match[1]?.startsWith('Z') ? null : (match[2] ?? null);
}

function ps(pid: number, fields: string): string | null {
  try {
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' };
    const words = ['-ww', '-o', fields, '-p', String(pid)];
    const printed = execFileSync('ps', words, { timeout: ASK_TIMEOUT_MS, env, stdio: ['ignore', 'pipe', 'ignore'] });
    return printed.toString().trim() || null;
  } catch {
    return null;
  }
}

/** A process may end between any two looks at it. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
