// The shim: a process of its own for each turn of an agent, and for each verify command. It starts the program, watches over it, keeps
// what it prints, and writes down how it ended, whether or not the sidecar lives through it. It can be asked to end the program:
// by SIGTERM, and by SIGUSR2 when a question is why.

import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDurably, identify, writeDurably } from '@agentcom/schemas/host';
import { enterCgroup, removeCgroup } from '../host/cgroup.js';
import type { ContainerMark } from '../host/run-container.js';
import { type RunSpec, runPaths, type ShimOrder } from './run-files.js';
import { StopRequest } from './stop-request.js';
import { supervise } from './supervise.js';

const WRITE_TRIES = 600;

/** Waits for its order, and for the end of what that is to run. Resolves when nothing of the program is left and its end is on disk. */
export async function runShim(dir: string): Promise<void> {
  const stop = new StopRequest();
  // The group is asked to end as a whole; the shim stays, to see to it and to write down how the program took it.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.request(null));
  process.on('SIGUSR2', () => stop.request('asked'));

  const order = orderFrom(readFileSync(0, 'utf8'));
  if (order === null) return;
  Object.assign(process.env, order.env);
  const paths = runPaths(dir);
  const spec: RunSpec = JSON.parse(readFileSync(paths.spec, 'utf8'));
  const cgroup = spec.confined ? enterCgroup(`agentcom-${process.pid}-${Date.now()}`) : undefined;
  const record = {
    shim: identify(process.pid),
    ...(cgroup !== undefined && { cgroup: cgroup.dir }),
    ...(spec.user !== undefined && { user: spec.user }),
    ...(spec.container !== undefined && { container: markOf(spec.container) }),
  };
  const isOurs = await createDurably(paths.run, JSON.stringify(record));
  // In this order: whoever halts the attempt writes this file first and then looks for the one above, so that one of us sees the other.
  if (!isOurs || existsSync(paths.halted)) {
    cgroup?.leave();
    if (cgroup !== undefined) removeCgroup(cgroup.dir);
    return;
  }
  const exit = await supervise(spec, paths, order.secrets, stop, cgroup);
  await writeStubbornly(paths.exit, JSON.stringify(exit));
}

/** Null from a sidecar that needs no run any more, or that was killed before it had said what to run. */
function orderFrom(text: string): ShimOrder | null {
  try {
    return JSON.parse(text) as ShimOrder;
  } catch {
    return null;
  }
}

function markOf({ engine, label, env }: ContainerMark): ContainerMark {
  return { engine, label, env };
}

/** A full disk may get room again; the outcome of hours of work waits for that. */
async function writeStubbornly(path: string, text: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await writeDurably(path, text);
    } catch (error) {
      if (tries === WRITE_TRIES) throw error;
      await sleep(1_000);
    }
  }
}
