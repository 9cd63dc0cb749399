// What is looked up by other than its own id, and when it is forgotten.

import type { State } from '../state.js';
import {
  type Enrolment,
  identityKey,
  type Key,
  type Member,
  memberKey,
  type OneTimeToken,
  type Person,
  type Session,
  sessionEndsAt,
} from './access.js';

/** A used or expired enrolment is remembered for a day, so that a lost answer can still be asked for again. */
const ENROLMENT_KEPT_MS = 24 * 3_600_000;
/** A key that has ended can still be named in lists and histories, for a while. */
const KEY_KEPT_MS = 90 * 24 * 3_600_000;

export function addKey(state: State, key: Key): void {
  state.keys.set(key.hash, key);
  state.access.keys.set(key.id, key);
  state.access.keysOf.add(key.org, key);
  scheduleKey(state, key);
}

/**
 * A key that has an end is forgotten some time after it. The hub's own never is: its secret stays in `owner.key`, and would be taken for a new one.
 */
export function scheduleKey(state: State, key: Key): void {
  const forgottenAt = keyForgottenAt(key);
  if (forgottenAt !== undefined) state.deadlines.set('key', key.id, forgottenAt);
}

export function keyForgottenAt({ by, agent, revokedAt, expiresAt }: Key): number | undefined {
  if (by === undefined && agent === undefined) return undefined;
  const endsAt = revokedAt ?? expiresAt;
  return endsAt === undefined ? undefined : endsAt + KEY_KEPT_MS;
}

export function deleteKey(state: State, key: Key): void {
  state.keys.delete(key.hash);
  state.access.keys.delete(key.id);
  state.access.keysOf.delete(key.org, key);
}

export function addEnrolment(state: State, enrolment: Enrolment): void {
  state.enrolments.set(enrolment.hash, enrolment);
  state.access.enrolmentsOf.add(enrolment.org, enrolment);
  state.deadlines.set('enrolment', enrolment.hash, enrolment.expiresAt + ENROLMENT_KEPT_MS);
}

export function deleteEnrolment(state: State, enrolment: Enrolment): void {
  state.enrolments.delete(enrolment.hash);
  state.access.enrolmentsOf.delete(enrolment.org, enrolment);
}

export function addPerson(state: State, person: Person): void {
  state.people.set(person.id, person);
  state.access.emails.set(person.email, person);
  for (const { credential } of person.passkeys ?? []) state.access.passkeys.set(credential, person);
  for (const identity of person.identities ?? []) state.access.identities.set(identityKey(identity), person);
}

export function addMember(state: State, member: Member): void {
  state.members.set(memberKey(member.org, member.person), member);
  state.access.membersOf.add(member.org, member);
  state.access.membershipsOf.add(member.person, member);
}

export function deleteMember(state: State, member: Member): void {
  state.members.delete(memberKey(member.org, member.person));
  state.access.membersOf.delete(member.org, member);
  state.access.membershipsOf.delete(member.person, member);
}

export function addToken(state: State, token: OneTimeToken): void {
  state.tokens.set(token.hash, token);
  state.access.tokensOf.add(token.org, token);
  if (isForAddress(token)) state.access.invitationsFor.add(token.email, token);
  state.deadlines.set('token', token.hash, token.expiresAt);
}

export function deleteToken(state: State, token: OneTimeToken): void {
  state.tokens.delete(token.hash);
  state.access.tokensOf.delete(token.org, token);
  if (isForAddress(token)) state.access.invitationsFor.delete(token.email, token);
  state.deadlines.clear('token', token.hash, token.expiresAt);
}

function isForAddress(token: OneTimeToken): token is OneTimeToken & { readonly email: string } {
  return token.purpose === 'invitation' && token.email !== undefined;
}

export function addSession(state: State, session: Session): void {
  state.sessions.set(session.hash, session);
  state.access.sessions.set(session.id, session);
  state.access.sessionsOf.add(holderOf(session), session);
  state.deadlines.set('session', session.id, sessionEndsAt(session));
}

export function deleteSession(state: State, session: Session): void {
  state.sessions.delete(session.hash);
  state.access.sessions.delete(session.id);
  state.access.sessionsOf.delete(holderOf(session), session);
  state.deadlines.clear('session', session.id, sessionEndsAt(session));
}

/** Whose session it is: ids of people and keys never meet. */
function holderOf({ person, key = '' }: Session): string {
  return person ?? key;
}
