// Signals to a whole process group, named by the mark of the process that leads or led it.

import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from './durable-file.js';
import { markOf, type ProcessMark } from './process-mark.js';

/** Sends a signal to every process of the group, if there is one left. */
export function signalGroup(leader: ProcessMark, signal: NodeJS.Signals): void {
  if (isLeadersGroup(leader)) kill(leader.pid, signal);
}

/** Whether any process of the group still runs. */
export function groupLives(leader: ProcessMark): boolean {
  if (!isLeadersGroup(leader) || !kill(leader.pid, 0)) return false;
  // The dead stay in their group until somebody collects them, which in a container may be never.
  return process.platform !== 'linux' || readdirSync('/proc').some((pid) => livesIn(leader.pid, pid));
}

/** Whether the number still means the group that this process led, if it means any. */
function isLeadersGroup(leader: ProcessMark): boolean {
  if (leader.boot !== markOf(process.pid)?.boot) return false;
  const present = markOf(leader.pid);
  // While a group exists, its number is given to no new process. So another process under it means that the group is gone.
  return present === null || present.started === leader.started;
}

/** False when the group has no process, dead ones included. */
function kill(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    // Processes that changed their user are no longer ours to signal; what could be signalled was.
    if (codeOf(error) === 'EPERM') return true;
    throw error;
  }
}

function livesIn(group: number, pid: string): boolean {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return processGroup === String(group) && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
