// Who has a lock, for people to read: the number of a process says little outside of its own container.

import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { bootId } from './process-identity.js';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Changes at every boot of the machine. */
  readonly bootId: string;
  /** Which processes see this number; '' where all do. */
  readonly pidNamespace: string;
}

export function thisProcess(): LockHolder {
  return { pid: process.pid, host: hostname(), bootId: bootId(), pidNamespace: pidNamespace() };
}

/** Undefined for anything else than what `thisProcess` gave. */
export function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, host, bootId: boot, pidNamespace: space } = value as Partial<Record<string, unknown>>;
  if (typeof pid !== 'number' || typeof host !== 'string' || typeof boot !== 'string' || typeof space !== 'string') {
    return undefined;
  }
  return { pid, host, bootId: boot, pidNamespace: space };
}

/** Such as `process 12`, or `process 1 in another container (host 5f0c1e)`. */
export function describeHolder(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'another process';
  const self = thisProcess();
  const who = `process ${holder.pid}`;
  if (holder.bootId !== self.bootId) return `${who} on host ${holder.host}`;
  return holder.pidNamespace === self.pidNamespace ? who : `${who} in another container (host ${holder.host})`;
}

function pidNamespace(): string {
  if (process.platform !== 'linux') return '';
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
