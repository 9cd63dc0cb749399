// The processes of one attempt: those in the group of its shim, and, on Linux, those in its control group, where one could be had, and
// those that left the group for a session of their own but still have the attempt in the environment they were started with. Elsewhere
// only the group is known. Without a control group, a process that leaves the group and clears its environment is not found.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, readProcStat } from '@agentcom/schemas/host';
import { killCgroup, processesIn, removeCgroup } from './cgroup.js';
import { type ContainerMark, removeContainers } from './run-container.js';
import { type RunUser, signalAs } from './run-user.js';

/** Variables that only the processes of one attempt have, all of them. */
export type ProcessTag = Readonly<Record<string, string>>;

export interface ProcessSet {
  /** Null: only by the tag. */
  readonly group: number | null;
  readonly tag: ProcessTag;
  /** The directory of their control group. */
  readonly cgroup?: string | undefined;
  /** As whom they run, when that is not this user. */
  readonly user?: RunUser | undefined;
  /** The containers that they run in. */
  readonly container?: ContainerMark | undefined;
}

const LOOK_AGAIN_MS = 50;

/** This process is never among them, and neither are the dead. */
export function processesOf({ group, tag, cgroup }: ProcessSet): number[] {
  const confined = new Set(cgroup === undefined ? [] : processesIn(cgroup));
  const variables = Object.entries(tag).map(([name, value]) => Buffer.from(`\0${name}=${value}\0`));
  return liveProcesses()
    .filter((one) => one.pid !== process.pid)
    .filter(
      (one) => confined.has(one.pid) || one.group === group || (variables.length > 0 && hasAll(one.pid, variables)),
    )
    .map(({ pid }) => pid);
}

/** How many there were; some may be counted twice. */
export function signalAll(set: ProcessSet, signal: NodeJS.Signals): number {
  const pids = processesOf(set);
  const found = asTheirUser(set, signal, pids);
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // Gone meanwhile, or no longer of this user.
      if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error;
    }
  }
  return pids.length + found.length;
}

/** Of those that have the tag in their environment, where only their own user can see that. */
function asTheirUser({ user, tag }: ProcessSet, signal: NodeJS.Signals, pids: readonly number[]): number[] {
  const [variable] = Object.entries(tag).slice(-1);
  if (user?.via !== 'sudo' || variable === undefined) return [];
  return signalAs(user, signal, variable.join('='), pids);
}

/** Ends them by force, with what they start meanwhile; false when some are left, as in the kernel's hands. The group goes with them. */
export async function killAll(set: ProcessSet, withinMs: number): Promise<boolean> {
  if (set.cgroup !== undefined) killCgroup(set.cgroup);
  // Those that the engine cannot be asked for are removed at the next try.
  if (set.container !== undefined) await removeContainers(set.container).catch(() => undefined);
  const areGone = await killEach(set, withinMs);
  if (set.cgroup !== undefined) removeCgroup(set.cgroup);
  return areGone;
}

async function killEach(set: ProcessSet, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (signalAll(set, 'SIGKILL') > 0) {
    if (performance.now() > giveUpAt) return false;
    await sleep(LOOK_AGAIN_MS);
  }
  return true;
}

export interface LiveProcess {
  readonly pid: number;
  readonly group: number;
}

/** Without those that are dead and only wait to be collected. */
export function liveProcesses(): LiveProcess[] {
  return process.platform === 'linux' ? readdirSync('/proc').flatMap(fromProc) : fromPs();
}

function fromProc(name: string): LiveProcess[] {
  if (!/^\d+$/.test(name)) return [];
  const stat = readProcStat(Number(name));
  return stat === undefined || stat.isDead ? [] : [{ pid: Number(name), group: stat.group }];
}

function fromPs(): LiveProcess[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], {
    encoding: 'latin1',
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).split('\n');
  return lines.flatMap((line) => {
    const [pid, group, stat] = line.trim().split(/\s+/);
    return stat === undefined || stat.startsWith('Z') ? [] : [{ pid: Number(pid), group: Number(group) }];
  });
}

/** False also where the environment of others cannot be read. */
function hasAll(pid: number, variables: readonly Buffer[]): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const environment = Buffer.concat([Buffer.of(0), readFileSync(`/proc/${pid}/environ`), Buffer.of(0)]);
    return variables.every((variable) => environment.includes(variable));
  } catch {
    return false;
  }
}
