// Keys: made, rotated, revoked, and forgotten some time after their end.

import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { State } from '../state.js';
import { isLiveKey, type Key, USE_NOTED_MS } from './access.js';
import { keyForgottenAt } from './indexes.js';
import { endSessions } from './sessions.js';
import { refuseMore } from './usage.js';

export const keyDecisions: DecisionTable<
  'key.ensure' | 'key.create' | 'key.rotate' | 'key.revoke' | 'credentials.note'
> = {
  'key.ensure': (decision, command) => {
    const { type: _type, ...made } = command;
    if (decision.state.keys.has(command.hash)) return {};
    decision.emit({ type: 'key.created', key: decision.inputs.newId(), ...made });
    return {};
  },

  'key.create': (decision, command) => {
    const { type: _type, ttlMs, ...made } = command;
    const refused = refuseMore(decision, command.org, 'keys');
    if (refused !== undefined) return refused;
    const key = decision.inputs.newId();
    const expiry = ttlMs === undefined ? {} : { expiresAt: decision.now + ttlMs };
    decision.emit({ type: 'key.created', key, ...made, ...expiry });
    return { key };
  },

  'key.rotate': (decision, command) => {
    const { org, by, hash, hint } = command;
    const key = liveKey(decision, org, command.key);
    if (key instanceof Refusal) return key;
    if (key.role === 'agent') {
      return new Refusal(
        'key.not_rotatable',
        "an agent's key is made by its machine; run `agentcom join --rejoin` there",
      );
    }
    if (key.replacedBy !== undefined) {
      return new Refusal(
        'key.not_rotatable',
        `key ${key.id} has been replaced by ${key.replacedBy} already; rotate that one`,
      );
    }
    const { id, role, name, scopes, repositories, rateMultiplier, expiresAt } = key;
    const made = decision.inputs.newId();
    // The new one is valid for as long again as the old one was meant to be.
    const wanted = expiresAt === undefined ? undefined : decision.now + (expiresAt - key.createdAt);
    const endsAt = Math.min(wanted ?? Number.POSITIVE_INFINITY, command.notAfter ?? Number.POSITIVE_INFINITY);
    const expiry = Number.isFinite(endsAt) ? { expiresAt: endsAt } : {};
    const bounds = {
      ...(scopes !== undefined && { scopes }),
      ...(repositories !== undefined && { repositories }),
      ...(rateMultiplier !== undefined && { rateMultiplier }),
    };
    const oldEndsAt = Math.min(expiresAt ?? Number.POSITIVE_INFINITY, decision.now + command.overlapMs);
    decision.emit({ type: 'key.created', key: made, org, role, name, hash, hint, by, ...bounds, ...expiry });
    decision.emit({ type: 'key.rotated', org, key: id, replacedBy: made, expiresAt: oldEndsAt, by });
    return { key: made, expiresAt: oldEndsAt };
  },

  'key.revoke': (decision, command) => {
    const { org, by } = command;
    const key = liveKey(decision, org, command.key);
    if (key instanceof Refusal) return key;
    if (isLastingOwner(key) && lastingOwners(decision.state, org) === 1) {
      return new Refusal('key.last_owner', 'this is the last owner key that does not expire; create another one first');
    }
    endInvitations(decision, org, `key:${key.id}`, by);
    revokeKeys(decision, new Set([key]), by);
    return {};
  },

  'credentials.note': (decision, command) => {
    const { keys, sessions } = decision.state.access;
    const isNews = (
      [id, at]: readonly [string, number],
      known: ReadonlyMap<string, { readonly usedAt?: number | undefined }>,
    ) => {
      const one = known.get(id);
      return one !== undefined && at >= (one.usedAt ?? 0) + USE_NOTED_MS;
    };
    const newer = {
      keys: command.keys.filter((use) => isNews(use, keys)),
      sessions: command.sessions.filter((use) => isNews(use, sessions)),
    };
    if (newer.keys.length + newer.sessions.length > 0) decision.emit({ type: 'credentials.used', ...newer });
    return {};
  },
};

function liveKey({ state, now }: Decision, org: string, id: string): Key | Refusal {
  const key = state.access.keys.get(id);
  if (key === undefined || key.org !== org || !isLiveKey(key, now))
    return new Refusal('key.not_found', `key ${id} not found`);
  return key;
}

/** The keys that somebody made, and those that such keys made in turn, as far as they are meant. */
export function keysMadeBy(state: State, org: string, by: string, isMeant: (key: Key) => boolean): Set<Key> {
  const makers = makersUnder(state, org, by);
  const made = state.access.keysOf.of(org).filter((key) => key.by !== undefined && makers.has(key.by));
  return new Set(made.filter((key) => key.revokedAt === undefined && isMeant(key)));
}

/** Somebody, the keys that it made, and those that such keys made in turn, as histories name them. */
function makersUnder({ access }: State, org: string, by: string): ReadonlySet<string> {
  const makers = new Set([by]);
  for (let known = 0; known < makers.size; ) {
    known = makers.size;
    for (const key of access.keysOf.of(org)) {
      if (key.by !== undefined && makers.has(key.by)) makers.add(`key:${key.id}`);
    }
  }
  return makers;
}

/** Those for people and for machines that this one made, or a key of its making, and nobody has used. */
export function endInvitations(decision: Decision, org: string, maker: string, by: string): void {
  const { access } = decision.state;
  const makers = makersUnder(decision.state, org, maker);
  for (const { hash, by: made } of access.tokensOf.of(org))
    if (makers.has(made)) decision.emit({ type: 'token.ended', org, hash, cause: 'revoked' });
  for (const { hash, by: made, revokedAt } of access.enrolmentsOf.of(org))
    if (makers.has(made) && revokedAt === undefined) decision.emit({ type: 'enrolment.revoked', org, hash, by });
}

export function revokeKeys(decision: Decision, keys: ReadonlySet<Key>, by: string): void {
  for (const { id, org } of keys) {
    decision.emit({ type: 'key.revoked', org, key: id, by });
    endSessions(decision, id, 'revoked');
  }
}

function isLastingOwner(key: Key): boolean {
  const { role, expiresAt, scopes, repositories, revokedAt } = key;
  return role === 'owner' && [expiresAt, scopes, repositories, revokedAt].every((limit) => limit === undefined);
}

/** Who can always get an organisation out of trouble: its owners, and their keys that do not expire; without those that are about to go. */
export function lastingOwners({ access }: State, org: string, going: ReadonlySet<Key> = new Set()): number {
  const members = access.membersOf.of(org).filter(({ role }) => role === 'owner');
  return members.length + access.keysOf.of(org).filter((key) => isLastingOwner(key) && !going.has(key)).length;
}

export function forgetKey(decision: Decision, id: string): void {
  const key = decision.state.access.keys.get(id);
  const at = key && keyForgottenAt(key);
  if (at !== undefined && at <= decision.now) decision.emit({ type: 'key.forgotten', key: id });
}
