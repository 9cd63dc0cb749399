// Sessions: begun by whoever has proven who they are, ended by themselves after a while.

import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import { isLiveKey, isLiveSession, memberKey, type Session, type SignInProof } from './access.js';
import type { SessionEnd } from './events.js';
import { refusePasskey } from './passkeys.js';
import { tokenFor, tokenInvalid } from './tokens.js';
import { refuseCode, useCode } from './totp.js';

/** One person's, or one key's; the oldest gives way. */
const SESSIONS_EACH = 20;

export const sessionDecisions: DecisionTable<'session.start' | 'session.switch' | 'session.end'> = {
  'session.start': (decision, command) => {
    const { hash, ttlMs, idleMs, address, userAgent } = command;
    const whose = 'token' in command ? byToken(decision, command.token) : byPerson(decision, command);
    if (whose instanceof Refusal) return whose;
    const { org, ...holder } = whose;
    if ('token' in command) decision.emit({ type: 'token.ended', org, hash: command.token, cause: 'used' });
    else useProof(decision, command.person, command.proof);
    const method = 'token' in command ? 'link' : command.proof.method;
    const others = decision.state.access.sessionsOf.of(holder.person ?? holder.key ?? '');
    const [oldest] = [...others].sort((a, b) => a.usedAt - b.usedAt);
    if (oldest !== undefined && others.length >= SESSIONS_EACH)
      decision.emit({ type: 'session.ended', session: oldest.id, cause: 'expired' });
    const session = decision.inputs.newId();
    const endsAt = decision.now + ttlMs;
    const from = { address, ...(userAgent !== undefined && { userAgent }) };
    decision.emit({ type: 'session.started', session, method, org, hash, endsAt, idleMs, ...from, ...holder });
    return { session, org, endsAt };
  },

  'session.switch': (decision, { session: id, org }) => {
    const session = decision.state.access.sessions.get(id);
    if (session === undefined) return new Refusal('session.not_found', `session ${id} not found`);
    if (!decision.state.members.has(memberKey(org, session.person ?? '')))
      return new Refusal('org.not_found', `organisation ${org} not found`);
    if (session.org !== org) decision.emit({ type: 'session.switched', session: id, org });
    return {};
  },

  'session.end': (decision, { session: id, cause }) => {
    if (!decision.state.access.sessions.has(id)) return new Refusal('session.not_found', `session ${id} not found`);
    decision.emit({ type: 'session.ended', session: id, cause });
    return {};
  },
};

function useProof(decision: Decision, person: string, proof: SignInProof): void {
  if (proof.method === 'password') useCode(decision, person, proof.code);
  if (proof.method !== 'passkey') return;
  const { passkey, counter } = proof;
  decision.emit({ type: 'passkey.used', person, passkey, counter });
}

interface Holder {
  readonly org: string;
  readonly person?: string;
  readonly key?: string;
}

function byToken(decision: Decision, hash: string): Holder | Refusal {
  const { state, now } = decision;
  const token = tokenFor(decision, hash, 'sign_in');
  if (token instanceof Refusal) return token;
  const { org, person, key: id } = token;
  if (person !== undefined && state.members.has(memberKey(org, person))) return { org, person };
  const key = id === undefined ? undefined : state.access.keys.get(id);
  if (key !== undefined && isLiveKey(key, now)) return { org, key: key.id };
  return tokenInvalid();
}

function byPerson(
  { state }: Decision,
  { person, org, proof }: { readonly person: string; readonly org?: string; readonly proof: SignInProof },
): Holder | Refusal {
  const found = state.people.get(person);
  const wrong = refuseCode(found?.totp, proof) ?? refusePasskey(found, proof);
  if (wrong !== undefined) return wrong;
  const memberships = state.access.membershipsOf.of(person);
  const member = org === undefined ? memberships[0] : memberships.find((one) => one.org === org);
  if (member !== undefined) return { org: member.org, person };
  const where = org === undefined ? 'any organisation' : `the organisation ${org}`;
  return new Refusal('member.none', `this account is not a member of ${where}; ask for an invitation`);
}

/** Ends those of a person or a key that `which` picks. */
export function endSessions(
  decision: Decision,
  holder: string,
  cause: SessionEnd,
  which: (session: Session) => boolean = () => true,
): void {
  for (const session of decision.state.access.sessionsOf.of(holder)) {
    if (which(session)) decision.emit({ type: 'session.ended', session: session.id, cause });
  }
}

export function expireSession(decision: Decision, id: string): void {
  const session = decision.state.access.sessions.get(id);
  if (session !== undefined && !isLiveSession(session, decision.now))
    decision.emit({ type: 'session.ended', session: id, cause: 'expired' });
}
