// Organisations, people, keys, sessions, enrolments and one-time tokens, as their events leave them.

import { ImpossibleEvent } from '../event-errors.js';
import type { ApplyTable, State } from '../state.js';
import {
  type Enrolment,
  identityKey,
  type Key,
  memberKey,
  type OneTimeToken,
  type Person,
  type Session,
  sessionEndsAt,
} from './access.js';
import type { AccessEvent } from './events.js';
import {
  addEnrolment,
  addKey,
  addMember,
  addPerson,
  addSession,
  addToken,
  deleteEnrolment,
  deleteKey,
  deleteMember,
  deleteSession,
  deleteToken,
  scheduleKey,
} from './indexes.js';

export const accessEvents: ApplyTable<AccessEvent> = {
  'org.created': (state, { org: id, name }, createdAt) => {
    state.orgs.set(id, { id, name, createdAt });
  },
  'org.quotas_set': (state, { org: id, quotas }) => {
    const org = state.orgs.get(id);
    if (org === undefined) return impossible('of an unknown organisation');
    org.quotas = quotas;
  },
  'key.created': (state, event, createdAt) => {
    const { type: _type, key: id, ...given } = event;
    addKey(state, { id, createdAt, ...given });
  },
  'key.rotated': (state, { key: id, replacedBy, expiresAt }) => {
    const key = keyOf(state, id);
    key.replacedBy = replacedBy;
    key.expiresAt = expiresAt;
    scheduleKey(state, key);
  },
  'key.revoked': (state, { key: id }, at) => {
    const key = keyOf(state, id);
    key.revokedAt = at;
    scheduleKey(state, key);
    state.savedViews.forget(key.org, `key:${id}`);
  },
  'key.forgotten': (state, { key: id }) => {
    const key = keyOf(state, id);
    // What it made is found by way of whoever made it.
    for (const made of state.access.keysOf.of(key.org)) if (made.by === `key:${id}`) made.by = key.by;
    deleteKey(state, key);
  },
  'credentials.used': (state, { keys, sessions }) => {
    for (const [id, at] of keys) {
      const key = state.access.keys.get(id);
      if (key !== undefined) key.usedAt = Math.max(key.usedAt ?? 0, at);
    }
    for (const [id, at] of sessions) {
      const session = state.access.sessions.get(id);
      if (session === undefined || at <= session.usedAt) continue;
      state.deadlines.clear('session', id, sessionEndsAt(session));
      session.usedAt = at;
      state.deadlines.set('session', id, sessionEndsAt(session));
    }
  },
  'enrolment.created': (state, event, createdAt) => {
    const { type: _type, enrolment: id, ...given } = event;
    addEnrolment(state, { id, usesLeft: given.uses, createdAt, ...given });
  },
  'enrolment.used': (state, { hash }) => {
    const enrolment = enrolmentOf(state, hash);
    if (enrolment.usesLeft === 0) throw new ImpossibleEvent('an enrolment was used that has no use left');
    enrolment.usesLeft--;
  },
  'enrolment.revoked': (state, { hash }, at) => {
    enrolmentOf(state, hash).revokedAt = at;
  },
  'enrolment.expired': (state, { hash }) => {
    deleteEnrolment(state, enrolmentOf(state, hash));
  },
  'person.registered': (state, { person: id, email, name, passwordHash }, createdAt) => {
    addPerson(state, { id, email, name, passwordHash, createdAt });
  },
  'person.password_set': (state, { person: id, passwordHash }) => {
    personOf(state, id).passwordHash = passwordHash;
  },
  'person.linked': (state, { person: id, issuer, subject }) => {
    const person = personOf(state, id);
    person.identities = [...(person.identities ?? []), { issuer, subject }];
    person.passwordHash = undefined;
    person.totp = undefined;
    person.totpOffer = undefined;
    for (const { credential } of person.passkeys ?? []) state.access.passkeys.delete(credential);
    person.passkeys = undefined;
    state.access.identities.set(identityKey({ issuer, subject }), person);
  },
  'passkey.added': (state, { person: id, passkey, credential, publicKey, counter, name }, createdAt) => {
    const person = personOf(state, id);
    person.passkeys = [...(person.passkeys ?? []), { id: passkey, credential, publicKey, counter, name, createdAt }];
    state.access.passkeys.set(credential, person);
  },
  'passkey.used': (state, { person: id, passkey, counter }, usedAt) => {
    const person = personOf(state, id);
    person.passkeys = person.passkeys?.map((one) => (one.id === passkey ? { ...one, counter, usedAt } : one));
  },
  'passkey.removed': (state, { person: id, passkey }) => {
    const person = personOf(state, id);
    const removed = person.passkeys?.find((one) => one.id === passkey) ?? impossible('of an unknown passkey');
    person.passkeys = person.passkeys?.filter((one) => one !== removed);
    state.access.passkeys.delete(removed.credential);
  },
  'person.totp_offered': (state, { person: id, secret }) => {
    personOf(state, id).totpOffer = secret;
  },
  'person.totp_enabled': (state, { person: id, usedStep, recovery }) => {
    const person = personOf(state, id);
    if (person.totpOffer === undefined) impossible('about codes that nobody was offered');
    person.totp = { secret: person.totpOffer, usedStep, recovery };
    person.totpOffer = undefined;
  },
  'person.totp_removed': (state, { person: id }) => {
    personOf(state, id).totp = undefined;
  },
  'person.code_used': (state, { person: id, code }) => {
    const { totp } = personOf(state, id);
    if (totp === undefined) impossible('about a code of somebody who has none');
    if (code.kind === 'totp') totp.usedStep = code.step;
    else totp.recovery = totp.recovery.filter((hash) => hash !== code.hash);
  },
  'member.added': (state, { org, person, role, by }, createdAt) => {
    addMember(state, { org, person, role, by, createdAt });
  },
  'member.changed': (state, { org, person, role }) => {
    memberOf(state, org, person).role = role;
  },
  'member.removed': (state, { org, person }) => {
    deleteMember(state, memberOf(state, org, person));
    state.savedViews.forget(org, `person:${person}`);
  },
  'token.created': (state, event, createdAt) => {
    const { type: _type, token: id, ...given } = event;
    addToken(state, { id, createdAt, ...given });
  },
  'token.ended': (state, { hash }) => {
    deleteToken(state, tokenOf(state, hash));
  },
  'session.started': (state, event, createdAt) => {
    const { type: _type, session: id, ...given } = event;
    addSession(state, { id, createdAt, usedAt: createdAt, ...given });
  },
  'session.switched': (state, { session, org }) => {
    sessionOf(state, session).org = org;
  },
  'session.ended': (state, { session }) => {
    deleteSession(state, sessionOf(state, session));
  },
};

function keyOf(state: State, id: string): Key {
  return state.access.keys.get(id) ?? impossible(`of the unknown key ${id}`);
}

function enrolmentOf(state: State, hash: string): Enrolment {
  return state.enrolments.get(hash) ?? impossible('of an unknown enrolment');
}

function personOf(state: State, id: string): Person {
  return state.people.get(id) ?? impossible(`of the unknown person ${id}`);
}

function memberOf(state: State, org: string, person: string) {
  return state.members.get(memberKey(org, person)) ?? impossible('of somebody who is no member');
}

function tokenOf(state: State, hash: string): OneTimeToken {
  return state.tokens.get(hash) ?? impossible('of an unknown one-time token');
}

function sessionOf(state: State, id: string): Session {
  return state.access.sessions.get(id) ?? impossible('of an unknown session');
}

function impossible(what: string): never {
  throw new ImpossibleEvent(`an event ${what}`);
}
