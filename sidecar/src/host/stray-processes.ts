// Processes that may be an agent's and cannot be known as such: they left its group and session, have nothing of it in their
// environment, and were started by somebody else, as by a tmux server that was there before. Found on Linux by where they work.

import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, readProcStat } from '@agentcom/schemas/host';

/** What only looks at the directory, as git does for the sidecar, is gone by then. */
const LOOK_AGAIN_MS = 300;

/** Of the user `uid`, started after this process, and at work in `dir` at two times. This process's own are not among them. */
export async function strayProcesses(dir: string, uid = process.getuid?.()): Promise<readonly number[]> {
  if (process.platform !== 'linux') return [];
  const first = strays(dir, uid);
  if (first.length === 0) return [];
  await sleep(LOOK_AGAIN_MS);
  const still = new Set(strays(dir, uid));
  return first.filter((pid) => still.has(pid));
}

function strays(dir: string, uid: number | undefined): readonly number[] {
  const since = Number(identify(process.pid)?.startedAt ?? Number.POSITIVE_INFINITY);
  const kin = new Set([process.pid, process.ppid].filter((pid) => pid > 1));
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isStray(pid, dir, since, uid) && !isBelow(pid, kin));
}

function isStray(pid: number, dir: string, since: number, uid: number | undefined): boolean {
  try {
    if (statSync(`/proc/${pid}`).uid !== uid) return false;
    const stat = readProcStat(pid);
    if (stat === undefined || stat.isDead || Number(stat.startTicks) < since) return false;
    const cwd = readlinkSync(`/proc/${pid}/cwd`);
    return cwd === dir || cwd.startsWith(`${dir}/`);
  } catch {
    return false;
  }
}

/** Whether one of these is the process or its ancestor. */
function isBelow(pid: number, ancestors: ReadonlySet<number>): boolean {
  for (let at = pid; at > 1; at = readProcStat(at)?.parent ?? 0) if (ancestors.has(at)) return true;
  return false;
}
