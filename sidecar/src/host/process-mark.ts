// Which process is meant. A number alone is given out again; number, start time and boot together are not.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessMark {
  readonly pid: number;
  /** When it started, as the system says it; compared, never read. */
  readonly started: string;
  /** Which boot of the machine; empty where start times are absolute. */
  readonly boot: string;
}

/** The process that has this number now, or null when there is none or it is dead and only waits to be collected. */
export function markOf(pid: number): ProcessMark | null {
  return process.platform === 'linux' ? markFromProc(pid) : markFromPs(pid);
}

export function isAlive(mark: ProcessMark): boolean {
  const now = markOf(mark.pid);
  return now !== null && now.started === mark.started && now.boot === mark.boot;
}

/** Reads what `markOf` once wrote as JSON; undefined for anything else. */
export function parseMark(value: unknown): ProcessMark | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, started, boot } = value as Partial<Record<keyof ProcessMark, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 1) return undefined;
  return typeof started === 'string' && typeof boot === 'string' ? { pid, started, boot } : undefined;
}

function markFromProc(pid: number): ProcessMark | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The command, in parentheses, may contain anything; the state follows it, and the start time 19 fields later.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const started = fields[19];
  if (started === undefined || fields[0] === 'Z' || fields[0] === 'X') return null;
  return { pid, started, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() };
}

function markFromPs(pid: number): ProcessMark | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'latin1',
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [stat = 'Z', ...started] = line.split(/\s+/);
    return stat.startsWith('Z') ? null : { pid, started: started.join(' '), boot: '' };
  } catch {
    return null;
  }
}
