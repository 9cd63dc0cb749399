// Organisations, keys and enrolments as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import type { Enrolment, Key } from './access.js';
import { indexEnrolment } from './indexes.js';

export type AccessRecord =
  | { readonly kind: 'org'; readonly value: string }
  | { readonly kind: 'key'; readonly value: Key }
  | { readonly kind: 'enrolment'; readonly value: Enrolment };

export function* dumpAccess(state: State): Iterable<AccessRecord> {
  for (const org of [...state.orgs].sort()) yield { kind: 'org', value: org };
  for (const hash of [...state.keys.keys()].sort()) yield { kind: 'key', value: state.keys.get(hash) as Key };
  for (const hash of [...state.enrolments.keys()].sort())
    yield { kind: 'enrolment', value: state.enrolments.get(hash) as Enrolment };
}

export const loadAccess: LoadTable<AccessRecord> = {
  org: (state, org) => {
    state.orgs.add(org);
  },
  key: (state, key) => {
    state.keys.set(key.hash, key);
  },
  enrolment: (state, enrolment) => {
    state.enrolments.set(enrolment.hash, enrolment);
    indexEnrolment(state, enrolment);
  },
};
