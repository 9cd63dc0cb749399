// Who collects processes whose parent has ended: the system's process 1. In a container that may be a program of ours, and Node collects its own
// children only. Then what agents leave behind stays as a dead process each, until no more can be started.

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { commandLine, readProcStat } from './process-identity.js';

export interface Uncollected {
  /** How many dead processes wait for process 1 right now. */
  readonly dead: number;
}

/** Undefined where process 1 collects them. */
export function uncollectedOrphans(): Uncollected | undefined {
  if (process.platform !== 'linux') return undefined;
  const program = basename(commandLine(1).split('\0')[0] ?? '');
  if (process.pid !== 1 && !/^node(js)?\d*$/.test(program)) return undefined;
  const waiting = readdirSync('/proc').filter((name) => {
    const stat = /^\d+$/.test(name) ? readProcStat(Number(name)) : undefined;
    return stat?.isDead === true && stat.parent === 1;
  });
  return { dead: waiting.length };
}

export const COLLECT_ORPHANS =
  'Start the container with an init: `docker run --init`, `init: true` in a compose file, `shareProcessNamespace: true` in Kubernetes, or `tini` as the entrypoint.';
