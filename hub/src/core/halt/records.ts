// Halts as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import { addHalt } from './apply.js';
import type { Halt } from './halt.js';

export type HaltRecord = { readonly kind: 'halt'; readonly value: Halt };

/** In the order they came. */
export function* dumpHalts({ halts }: State): Iterable<HaltRecord> {
  for (const { id, scope, org, owner, strength, reason, by, since, until } of halts.all())
    yield { kind: 'halt', value: { id, scope, org, owner, strength, reason, by, since, until } };
}

export const loadHalts: LoadTable<HaltRecord> = { halt: addHalt };
