// Organisations, people, keys, sessions, enrolments and one-time tokens as records of a snapshot, and back.

import type { LoadTable, State } from '../state.js';
import type { Enrolment, Key, Member, OneTimeToken, Org, Person, Session } from './access.js';
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
  yield* sorted('org', state.orgs);
  yield* sorted('key', state.keys);
  yield* sorted('enrolment', state.enrolments);
  yield* sorted('person', state.people);
  yield* sorted('member', state.members);
  yield* sorted('token', state.tokens);
  yield* sorted('session', state.sessions);
  for (const org of [...state.usage.keys()].sort())
    yield { kind: 'usage', value: { org, days: [...(state.usage.get(org) ?? [])] } };
}

function* sorted<K extends string, V>(kind: K, all: ReadonlyMap<string, V>): Iterable<{ kind: K; value: V }> {
  for (const id of [...all.keys()].sort()) yield { kind, value: all.get(id) as V };
}

export const loadAccess: LoadTable<AccessRecord> = {
  org: (state, org) => {
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
