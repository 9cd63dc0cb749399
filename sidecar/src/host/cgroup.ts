// A control group (cgroup v2) for the processes of one run: nothing that they start can leave it, whatever its session or environment.
// It is a child of the group that this process is in, so it can be had where that may be written to: for a service with `Delegate=yes`,
// and for root.

import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readQuietly } from './read-quietly.js';

/** Moves this process into a new group, and so what it starts from now on. Undefined where there can be none. */
export function enterCgroup(name: string): Cgroup | undefined {
  const parent = process.platform === 'linux' ? ownCgroup() : undefined;
  if (parent === undefined) return undefined;
  const dir = join(parent, name);
  try {
    mkdirSync(dir);
  } catch {
    return undefined;
  }
  try {
    moveTo(dir);
    return new Cgroup(dir, parent);
  } catch {
    removeCgroup(dir);
    return undefined;
  }
}

export class Cgroup {
  constructor(
    readonly dir: string,
    readonly parent: string,
  ) {}

  /** Moves this process out again; what it has started stays. */
  leave(): void {
    try {
      moveTo(this.parent);
    } catch {
      // It then ends what is in the group one by one, without itself.
    }
  }
}

/** All that are in the group or in one below it; none when there is no such group. */
export function processesIn(dir: string): number[] {
  const own = readQuietly(join(dir, 'cgroup.procs')).split('\n').map(Number);
  return [...own.filter((pid) => pid > 0), ...groupsIn(dir).flatMap(processesIn)];
}

/** Ends by force all that are in the group, at once, with what they start meanwhile. Does nothing while this process is in it. */
export function killCgroup(dir: string): void {
  if (processesIn(dir).includes(process.pid)) return;
  try {
    writeFileSync(join(dir, 'cgroup.kill'), '1');
  } catch {
    // An older kernel, or no such group.
  }
}

/** Removes the group with those below it; one that still has processes stays. */
export function removeCgroup(dir: string): void {
  for (const below of groupsIn(dir)) removeCgroup(below);
  try {
    rmdirSync(dir);
  } catch {
    // Gone, or in use.
  }
}

/** Where the group of this process is found; undefined without cgroup v2. */
function ownCgroup(): string | undefined {
  const path = /^0::(\/.*)$/m.exec(readQuietly('/proc/self/cgroup'))?.[1];
  if (path === undefined || path.startsWith('/..')) return undefined;
  for (const line of readQuietly('/proc/self/mountinfo').split('\n')) {
    const [place, kind = ''] = line.split(' - ');
    if (!kind.startsWith('cgroup2 ')) continue;
    const [, , , root = '/', mountPoint = ''] = place?.split(' ') ?? [];
    const below = relative(root, path);
    if (!below.startsWith('..')) return join(unescaped(mountPoint), below);
  }
  return undefined;
}

function moveTo(dir: string): void {
  writeFileSync(join(dir, 'cgroup.procs'), String(process.pid));
}

function groupsIn(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(dir, name));
  } catch {
    return [];
  }
}

/** Blanks in paths are written as octal numbers there. */
function unescaped(path: string): string {
  return path.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}
