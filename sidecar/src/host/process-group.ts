// Signals to a whole process group, named by the mark of the process that leads or led it.

import { codeOf, identify, type ProcessIdentity } from '@agentcom/schemas/host';
import { liveProcesses } from './attempt-processes.js';

/** Sends a signal to every process of the group, if there is one left. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  if (isLeadersGroup(leader)) kill(leader.pid, signal);
}

/** Whether any process of the group still runs. */
export function groupLives(leader: ProcessIdentity): boolean {
  if (!isLeadersGroup(leader) || !kill(leader.pid, 0)) return false;
  // The dead stay in their group until somebody collects them, which in a container may be never.
  return liveProcesses().some(({ group }) => group === leader.pid);
}

/** Whether the number still means the group that this process led, if it means any. */
function isLeadersGroup(leader: ProcessIdentity): boolean {
  if (leader.bootId !== identify(process.pid)?.bootId) return false;
  // Group 1 would be every process there is.
  if (leader.pid <= 1) return false;
  const present = identify(leader.pid);
  // While a group exists, its number is given to no new process. So another process under it means that the group is gone.
  return present === undefined || present.startedAt === leader.startedAt;
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
