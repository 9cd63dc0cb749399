// CPU time of a process, as Linux counts it. It is steadier than a rate, which everything else on the machine takes part in.

import { readFileSync } from 'node:fs';

/** Of `/proc/PID/stat`: user and system time, in ticks of 10 ms. */
const TICK_MS = 10;

/** User and system time since the process began, in ms, over all its threads. NaN where there is no /proc. */
export function cpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return Number.NaN;
  }
}
