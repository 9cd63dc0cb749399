// Organisations, people, keys, sessions, enrolments and one-time tokens as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import {
  type Enrolment,
  type Key,
  type Member,
  memberKey,
  type OneTimeToken,
  type Org,
  type Person,
  type Session,
} from './access.js';
import { addEnrolment, addKey, addMember, addPerson, addSession, addToken } from './indexes.js';
import type { DayUsage } from './usage.js';

export type AccessRecord =
  | { readonly kind: 'org'; readonly value: Org }
  | { readonly kind: 'key'; readonly value: Key }
  | { readonly kind: 'enrolment'; readonly value: Enrolment }
  | { readonly kind: 'person'; readonly value: Person }
  | { readonly kind: 'member'; readonly value: Member }
  | { readonly kind: 'token'; readonly value: OneTimeToken }
  | { readonly kind: 'session'; readonly value: Session }
  | {
      readonly kind: 'usage';
      readonly value: { readonly org: string; readonly days: readonly (readonly [number, DayUsage])[] };
    };

export function* dumpAccess(state: State): Iterable<AccessRecord> {
  yield* inOrder('org', state.orgs, ({ id }) => id);
  yield* inOrder('key', state.keys, ({ id }) => id);
  yield* inOrder('enrolment', state.enrolments, ({ id }) => id);
  yield* inOrder('person', state.people, ({ id }) => id);
  yield* inOrder(
    'member',
    state.members,
    ({ createdAt, org, person }) => instantKey(createdAt) + memberKey(org, person),
  );
  yield* inOrder('token', state.tokens, ({ id }) => id);
  yield* inOrder('session', state.sessions, ({ id }) => id);
  for (const org of [...state.usage.keys()].sort())
    yield { kind: 'usage', value: { org, days: [...(state.usage.get(org) ?? [])] } };
}

/** Oldest first, as indexes and lists have them: ids grow with time. */
function* inOrder<K extends string, V>(
  kind: K,
  all: ReadonlyMap<string, V>,
  keyOf: (value: V) => string,
): Iterable<{ kind: K; value: V }> {
  const keyed = [...all.values()].map((value) => [keyOf(value), value] as const);
  for (const [, value] of keyed.sort(([a], [b]) => (a < b ? -1 : 1))) yield { kind, value };
}

function instantKey(at: number): string {
  return String(at).padStart(16, '0');
}

export const loadAccess: LoadTable<AccessRecord> = {
  org: (state, kept: Org | string) => {
    // Snapshots of version 3 have only its id.
    const org = typeof kept === 'string' ? { id: kept, createdAt: 0 } : kept;
    state.orgs.set(org.id, org);
  },
  key: addKey,
  enrolment: addEnrolment,
  person: addPerson,
  member: addMember,
  token: addToken,
  session: addSession,
  usage: (state, { org, days }) => {
    state.usage.set(org, new Map(days));
  },
};
