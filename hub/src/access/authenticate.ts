// Who calls: a bearer key, or the session of a browser. Both are known by their hashes.

import type { Role, Scope } from '@agentcom/schemas';
import { isLiveKey, isLiveSession, type Key, memberKey, type Session } from '../core/access/access.js';
import { Refusal } from '../core/refusal.js';
import type { State } from '../core/state.js';
import { hashSecret, isKey } from './secrets.js';
import { sessionSecretOf } from './session-cookie.js';

export interface Caller {
  /** The id of the key or session it calls by; whatever it holds open ends with that. */
  readonly credential: string;
  /** As histories name it: `key:<id>`, `agent:<name>` or `person:<id>`. */
  readonly by: string;
  /** As people call it: the name of a person, or the one that whoever made the key gave it. */
  readonly name: string;
  readonly org: string;
  readonly role: Role;
  /** Set for an agent's own key. */
  readonly agent: string | undefined;
  /** Set for whoever is signed in as a person. */
  readonly person: string | undefined;
  /** Set for whoever calls by a session. */
  readonly session: string | undefined;
  /** When the key or session ends by itself, ms. */
  readonly expiresAt: number | undefined;
  /** Until when what it makes may last, ms: a key that expires makes nothing that outlives it, also by a session. */
  readonly makesUntil: number | undefined;
  /** All that the role may where there are none. */
  readonly scopes: readonly Scope[] | undefined;
  readonly repositories: readonly string[] | undefined;
  /** How many times the usual limits on requests it has. */
  readonly rateMultiplier: number;
}

/** What of a request says who calls. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
  /** Whether the request came by TLS. */
  readonly isSecure?: boolean;
}

const BEARER = /^[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+)$/;

/** The key that an `Authorization` header gives, of whatever form. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}

/** A key goes before a session. */
export function authenticate(
  state: State,
  { authorization, cookie, isSecure = false }: Credentials,
  now: number,
): Caller | Refusal {
  if (authorization !== undefined) {
    const secret = bearerOf(authorization);
    const key = secret === undefined || !isKey(secret) ? undefined : state.keys.get(hashSecret(secret));
    return key !== undefined && isLiveKey(key, now) ? callerOfKey(key) : invalidKey();
  }
  const secret = sessionSecretOf(cookie, isSecure);
  if (secret === undefined || secret === '') return new Refusal('auth.missing', 'this request needs a key');
  return signedIn(state, secret, now);
}

/** Whoever the session of this secret belongs to. */
export function signedIn(state: State, secret: string, now: number): Caller | Refusal {
  const session = state.sessions.get(hashSecret(secret));
  const caller = session && callerOfSession(state, session, now);
  return caller ?? new Refusal('auth.session_over', 'the session has ended; sign in again');
}

/** Whose address that is, for whoever says to be that one, and its first organisation. */
export function accountOf(
  { access }: State,
  email: string,
): { readonly person: string; readonly org: string | undefined } | undefined {
  const person = access.emails.get(email)?.id;
  return person === undefined ? undefined : { person, org: access.membershipsOf.of(person)[0]?.org };
}

/**
 * Whoever began something that goes on behind the answer, with what it may do now: a person as long as that is a member, also signed out; undefined
 * once its key has ended or the person has left.
 */
export function callerNow(state: State, caller: Caller, now: number): Caller | undefined {
  if (caller.person !== undefined) {
    const member = state.members.get(memberKey(caller.org, caller.person));
    return member && { ...caller, role: member.role };
  }
  const key = state.access.keys.get(caller.session === undefined ? caller.credential : caller.by.slice('key:'.length));
  return key !== undefined && isLiveKey(key, now) ? callerOfKey(key) : undefined;
}

/** Whether there is a key or session of this id that can still be used. */
export function isLiveCredential(state: State, id: string, now: number): boolean {
  const key = state.access.keys.get(id);
  if (key !== undefined) return isLiveKey(key, now);
  const session = state.access.sessions.get(id);
  return session !== undefined && callerOfSession(state, session, now) !== undefined;
}

function invalidKey(): Refusal {
  return new Refusal('auth.invalid', 'the key is unknown, expired or revoked');
}

function callerOfKey(key: Key): Caller {
  const { id, name, org, role, agent, expiresAt, scopes, repositories, rateMultiplier = 1 } = key;
  const by = agent === undefined ? `key:${id}` : `agent:${agent}`;
  const nobody = { person: undefined, session: undefined };
  return {
    credential: id,
    by,
    name,
    org,
    role,
    agent,
    expiresAt,
    makesUntil: expiresAt,
    scopes,
    repositories,
    rateMultiplier,
    ...nobody,
  };
}

function callerOfSession(state: State, session: Session, now: number): Caller | undefined {
  if (!isLiveSession(session, now)) return undefined;
  const { id, org, person: personId, endsAt } = session;
  const key = session.key === undefined ? undefined : state.access.keys.get(session.key);
  if (key !== undefined) {
    if (!isLiveKey(key, now)) return undefined;
    const expiresAt = Math.min(endsAt, key.expiresAt ?? endsAt);
    return { ...callerOfKey(key), credential: id, session: id, expiresAt };
  }
  const person = personId === undefined ? undefined : state.people.get(personId);
  const member = person && state.members.get(memberKey(org, person.id));
  if (member === undefined || person === undefined) return undefined;
  return {
    credential: id,
    by: `person:${person.id}`,
    name: person.name,
    org,
    role: member.role,
    agent: undefined,
    person: person.id,
    session: id,
    expiresAt: endsAt,
    makesUntil: undefined,
    scopes: undefined,
    repositories: undefined,
    rateMultiplier: 1,
  };
}
