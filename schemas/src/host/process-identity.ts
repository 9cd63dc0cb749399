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

/** Who runs under this number now; undefined when nobody does, or only a dead process that nobody has collected. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startedAt = process.platform === 'linux' ? startTicks(pid) : startDate(pid);
  return startedAt === undefined ? undefined : { pid, bootId: bootId(), startedAt };
}

export function isRunning(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.bootId === identity.bootId && now.startedAt === identity.startedAt;
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
  return readIfThere(`/proc/${pid}/cmdline`)?.replace(/\0$/, '') ?? '';
}

export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, bootId, startedAt } = value as Partial<Record<string, unknown>>;
  return (
    Number.isSafeInteger(pid) && (pid as number) > 0 && typeof bootId === 'string' && typeof startedAt === 'string'
  );
}

/** Changes at every boot of the machine. */
export function bootId(): string {
  if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const options = { encoding: 'utf8', timeout: ASK_TIMEOUT_MS } as const;
  return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], options).trim();
}

export interface ProcStat {
  readonly isDead: boolean;
  readonly parent: number;
  readonly group: number;
  readonly startTicks: string;
}

/** What Linux says of a process in /proc/PID/stat; undefined when there is none. */
export function readProcStat(pid: number): ProcStat | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, in brackets, may itself hold spaces and brackets; the state follows it, and the start time 19 fields later.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  const startTicks = fields[19];
  if (startTicks === undefined) return undefined;
  return { isDead: state === 'Z' || state === 'X', parent: Number(parent), group: Number(group), startTicks };
}

function startTicks(pid: number): string | undefined {
  const stat = readProcStat(pid);
  return stat === undefined || stat.isDead ? undefined : stat.startTicks;
}

function startDate(pid: number): string | undefined {
  const match = /^(\S+)\s+(.+)$/.exec(ps(pid, 'state=,lstart=') ?? '');
  return match === null || match[1]?.startsWith('Z') ? undefined : match[2];
}

function ps(pid: number, fields: string): string | undefined {
  try {
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' };
    const words = ['-ww', '-o', fields, '-p', String(pid)];
    const printed = execFileSync('ps', words, { timeout: ASK_TIMEOUT_MS, env, stdio: ['ignore', 'pipe', 'ignore'] });
    return printed.toString().trim() || undefined;
  } catch {
    return undefined;
  }
}

/** A process may end between any two looks at it. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
