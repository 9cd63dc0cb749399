// Texts that are stored apart: which tasks name them, so that the last reference gone, they can be erased.

import type { State } from '../state.js';
import type { Body, StoredResult } from './events.js';
import type { Task } from './task.js';

export function retainBodies(state: State, bodies: readonly (Body | undefined)[]): void {
  for (const ref of refsOf(bodies)) state.bodies.set(ref, (state.bodies.get(ref) ?? 0) + 1);
}

export function releaseBodies(state: State, bodies: readonly (Body | undefined)[]): void {
  for (const ref of refsOf(bodies)) {
    const count = (state.bodies.get(ref) ?? 0) - 1;
    if (count > 0) state.bodies.set(ref, count);
    else state.bodies.delete(ref);
  }
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
