// Processes that see neither each other's numbers nor each other's network, as two containers on one volume.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const UNSHARE = ['--pid', '--net', '--mount-proc', '--fork', '--kill-child'];
const WITH_LOOPBACK = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

/** A command as process 1 of a container of its own; as it is where this user may make no namespaces. */
export function inContainer(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  for (const more of [[], ['--map-root-user']]) {
    const words = [...UNSHARE, ...more, ...WITH_LOOPBACK];
    if (spawnSync('unshare', [...words, 'true']).status === 0) return ['unshare', ...words, ...command];
  }
  return command;
}

/** A command in the network of a container that `inContainer` made, whose outermost process has this number. */
export function besideContainer(pid: number, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const inner = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0] ?? '';
  const isContainer = readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('unshare\0');
  return isContainer ? ['nsenter', '--target', inner, '--net', ...command] : command;
}
