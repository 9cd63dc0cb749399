// The texts of tasks: how large those of each organisation are, and which tasks name what is stored apart, so that the last reference gone, it
// can be erased.

import type { State } from '../state.js';
import type { Body, StoredResult } from './events.js';
import type { Task } from './task.js';

export function retainBodies(state: State, org: string, bodies: readonly (Body | undefined)[]): void {
  addStored(state, org, bytesOf(bodies));
  for (const ref of refsOf(bodies)) state.bodies.set(ref, (state.bodies.get(ref) ?? 0) + 1);
}

export function releaseBodies(state: State, org: string, bodies: readonly (Body | undefined)[]): void {
  addStored(state, org, -bytesOf(bodies));
  for (const ref of refsOf(bodies)) {
    const count = (state.bodies.get(ref) ?? 0) - 1;
    if (count > 0) state.bodies.set(ref, count);
    else state.bodies.delete(ref);
  }
}

function addStored({ storedBytes }: State, org: string, bytes: number): void {
  const sum = (storedBytes.get(org) ?? 0) + bytes;
  if (sum === 0) storedBytes.delete(org);
  else storedBytes.set(org, sum);
}

function bytesOf(bodies: readonly (Body | undefined)[]): number {
  let bytes = 0;
  for (const body of bodies) {
    if (body !== undefined) bytes += typeof body === 'string' ? Buffer.byteLength(body) : body.bytes;
  }
  return bytes;
}

/** Every text of a task that may be stored apart. */
export function bodiesOf({ spec, result }: Pick<Task, 'spec' | 'result'>): (Body | undefined)[] {
  return [spec.prompt, spec.data, ...(result === undefined ? [] : bodiesOfResult(result))];
}

export function bodiesOfResult(result: StoredResult): (Body | undefined)[] {
  return [result.summary, result.data, result.verification, result.notes];
}

export function refsOf(bodies: readonly (Body | undefined)[]): string[] {
  const refs: string[] = [];
  for (const body of bodies) if (body !== undefined && typeof body !== 'string') refs.push(body.ref);
  return refs;
}
