// One number for a whole state, to compare replays with each other and with recorded ones.

import { createHash } from 'node:crypto';
import { dumpState } from '../../core/snapshot.js';
import type { State } from '../../core/state.js';

/** SHA-256 (hex) of the state's records, each with its keys sorted, so that equal states have equal hashes. */
export function stateHash(state: State): string {
  const sum = createHash('sha256');
  for (const record of dumpState(state)) {
    sum.update(JSON.stringify(record, sortKeys));
    sum.update('\n');
  }
  return sum.digest('hex');
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
