// Organisations and their members: registration, invitations, roles.

import { MEMBER_ROLES, type MemberRole } from '@agentcom/schemas';
import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import { type Key, type Member, memberKey, type OneTimeToken, type Quotas, type Session } from './access.js';
import { GRANTS } from './grants.js';
import { endInvitations, keysMadeBy, lastingOwners, revokeKeys } from './keys.js';
import { endSessions } from './sessions.js';
import { endAllLinks, endLinks, refuseUsedReset, tokenFor, tokenInvalid } from './tokens.js';
import { refuseMore } from './usage.js';

/** Organisations that one person may have made or joined. */
const ORGS_PER_PERSON = 50;

export const peopleDecisions: DecisionTable<
  | 'org.ensure'
  | 'org.create'
  | 'org.set_quotas'
  | 'person.register'
  | 'person.set_password'
  | 'person.reset'
  | 'member.invite'
  | 'member.join'
  | 'member.change'
  | 'member.remove'
  | 'member.end_sessions'
> = {
  'org.ensure': (decision, { org }) => {
    if (!decision.state.orgs.has(org)) decision.emit({ type: 'org.created', org });
    return {};
  },

  'org.create': (decision, command) => {
    const { org, name, by } = command;
    const taken = orgTaken(decision, org);
    if (taken !== undefined) return taken;
    if ('person' in command) {
      const tooMany = tooManyOrgs(decision, command.person);
      if (tooMany !== undefined) return tooMany;
      makeOrg(decision, org, name, command.person);
      return {};
    }
    const { hash, ttlMs } = command.invitation;
    decision.emit({ type: 'org.created', org, by, ...(name !== undefined && { name }) });
    const invitation = { token: decision.inputs.newId(), purpose: 'invitation', role: 'owner' } as const;
    decision.emit({ type: 'token.created', org, hash, by, expiresAt: decision.now + ttlMs, ...invitation });
    return {};
  },

  'org.set_quotas': (decision, { org, quotas: patch, by }) => {
    const before = decision.state.orgs.get(org);
    if (before === undefined) return new Refusal('org.not_found', `organisation ${org} not found`);
    const kept = Object.entries({ ...before.quotas, ...patch }).filter(([, quota]) => quota !== null);
    decision.emit({ type: 'org.quotas_set', org, quotas: Object.fromEntries(kept) as Quotas, by });
    return {};
  },

  'person.register': (decision, command) => {
    const { state, inputs } = decision;
    const { email, name, passwordHash } = command;
    const invitation = 'invitation' in command ? tokenFor(decision, command.invitation, 'invitation') : undefined;
    if (invitation instanceof Refusal) return invitation;
    if (invitation?.email !== undefined && invitation.email !== email) return wrongAddress();
    if (state.access.emails.has(email)) {
      return new Refusal('person.email_taken', 'there is an account with this address already; sign in', [
        { path: '/email', message: 'taken' },
      ]);
    }
    const taken = 'newOrg' in command ? orgTaken(decision, command.newOrg.id) : undefined;
    if (taken !== undefined) return taken;
    const person = inputs.newId();
    decision.emit({
      type: 'person.registered',
      person,
      email,
      name,
      ...(passwordHash !== undefined && { passwordHash }),
    });
    if ('newOrg' in command) {
      const { id: org, name: orgName } = command.newOrg;
      makeOrg(decision, org, orgName, person);
      return { person, org };
    }
    return { person, org: useInvitation(decision, invitation as OneTimeToken, person) };
  },

  'person.set_password': (decision, { person, passwordHash, keepSession }) => {
    if (!decision.state.people.has(person)) return new Refusal('person.not_found', `person ${person} not found`);
    decision.emit({ type: 'person.password_set', person, passwordHash });
    endAllLinks(decision, person);
    endSessions(decision, person, 'password_set', (session) => session.id !== keepSession);
    return {};
  },

  'person.reset': (decision, { token: hash, passwordHash }) => {
    const token = tokenFor(decision, hash, 'reset');
    if (token instanceof Refusal) return token;
    const { org, person = '' } = token;
    if (!decision.state.members.has(memberKey(org, person))) return tokenInvalid();
    // Since the link was made, too.
    if (refuseUsedReset(decision, token, person) !== undefined) return tokenInvalid();
    decision.emit({ type: 'token.ended', org, hash, cause: 'used' });
    decision.emit({ type: 'person.password_set', person, passwordHash });
    // Whoever had the account before may have added some, to come in again.
    for (const { id } of decision.state.people.get(person)?.passkeys ?? []) {
      decision.emit({ type: 'passkey.removed', person, passkey: id });
    }
    endAllLinks(decision, person);
    endSessions(decision, person, 'password_set');
    return { person, org };
  },

  'member.invite': (decision, command) => {
    const { type: _type, ttlMs, email, ...given } = command;
    const refused = refuseMore(decision, command.org, 'members');
    if (refused !== undefined) return refused;
    const token = decision.inputs.newId();
    const expiresAt = decision.now + ttlMs;
    const address = email === undefined ? {} : { email };
    decision.emit({ type: 'token.created', token, purpose: 'invitation', expiresAt, ...given, ...address });
    return { token, expiresAt };
  },

  'member.join': (decision, { person: id, invitation: hash }) => {
    const person = decision.state.people.get(id);
    if (person === undefined) return new Refusal('person.not_found', `person ${id} not found`);
    const invitation = tokenFor(decision, hash, 'invitation');
    if (invitation instanceof Refusal) return invitation;
    if (invitation.email !== undefined && invitation.email !== person.email) return wrongAddress();
    if (decision.state.members.has(memberKey(invitation.org, id)))
      return new Refusal('member.exists', `you are a member of ${invitation.org} already`);
    const tooMany = tooManyOrgs(decision, id);
    if (tooMany !== undefined) return tooMany;
    return { org: useInvitation(decision, invitation, id) };
  },

  'member.change': (decision, command) => {
    const { org, person, role, by } = command;
    const member = memberNamed(decision, org, person);
    if (member instanceof Refusal) return member;
    if (member.role === role) return {};
    const refused = changeRole(decision, member, role, by);
    return refused ?? {};
  },

  'member.remove': (decision, command) => {
    const { org, person, by } = command;
    const member = memberNamed(decision, org, person);
    const keys = keysMadeBy(decision.state, org, `person:${person}`, () => true);
    const last = member instanceof Refusal ? member : lastOwner(decision, member, keys);
    if (last !== undefined) return last;
    decision.emit({ type: 'member.removed', org, person, by });
    revokeKeys(decision, keys, by);
    endInvitations(decision, org, `person:${person}`, by);
    endSessions(decision, person, 'member_removed', (session) => session.org === org);
    endLinks(decision, person, [org]);
    return {};
  },

  'member.end_sessions': (decision, { org, person, session: id }) => {
    const member = memberNamed(decision, org, person);
    if (member instanceof Refusal) return member;
    const isMeant = (session: Session) => session.org === org && (id === undefined || session.id === id);
    if (id !== undefined && !decision.state.access.sessionsOf.of(person).some(isMeant))
      return new Refusal('session.not_found', `session ${id} not found`);
    endSessions(decision, person, 'revoked', isMeant);
    return {};
  },
};

function wrongAddress(): Refusal {
  return new Refusal('request.invalid', 'this invitation is for another e-mail address', [
    { path: '/email', message: 'is not the address that was invited' },
  ]);
}

function orgTaken({ state }: Decision, org: string): Refusal | undefined {
  if (!state.orgs.has(org)) return undefined;
  return new Refusal('org.exists', `an organisation named ${org} already exists; choose another name`, [
    { path: '/org', message: 'taken' },
  ]);
}

function tooManyOrgs({ state }: Decision, person: string): Refusal | undefined {
  if (state.access.membershipsOf.size(person) < ORGS_PER_PERSON) return undefined;
  return new Refusal('quota.exceeded', `a person may be a member of at most ${ORGS_PER_PERSON} organisations`);
}

function makeOrg(decision: Decision, org: string, name: string | undefined, person: string): void {
  const by = `person:${person}`;
  decision.emit({ type: 'org.created', org, by, ...(name !== undefined && { name }) });
  decision.emit({ type: 'member.added', org, person, role: 'owner', by });
}

export function useInvitation(
  decision: Decision,
  { org, hash, role = 'viewer', by }: OneTimeToken,
  person: string,
): string {
  decision.emit({ type: 'token.ended', org, hash, cause: 'used' });
  decision.emit({ type: 'member.added', org, person, role, by });
  return org;
}

function memberNamed({ state }: Decision, org: string, person: string): Member | Refusal {
  const member = state.members.get(memberKey(org, person));
  return member ?? new Refusal('member.not_found', `member ${person} not found`);
}

/** The keys that this person made go as well, as far as the new role could not have made them, and with a lower role all invitations. */
export function changeRole(decision: Decision, member: Member, role: MemberRole, by: string): Refusal | undefined {
  const { org, person } = member;
  const grants: readonly string[] = GRANTS[role];
  const keys = keysMadeBy(decision.state, org, `person:${person}`, (key) => !grants.includes(key.role));
  const last = role === 'owner' ? undefined : lastOwner(decision, member, keys);
  if (last !== undefined) return last;
  // From the highest down.
  const isLower = MEMBER_ROLES.indexOf(role) > MEMBER_ROLES.indexOf(member.role);
  decision.emit({ type: 'member.changed', org, person, role, by });
  revokeKeys(decision, keys, by);
  if (isLower) endInvitations(decision, org, `person:${person}`, by);
  return undefined;
}

function lastOwner({ state }: Decision, { org, role }: Member, going: ReadonlySet<Key>): Refusal | undefined {
  if (role !== 'owner' || lastingOwners(state, org, going) > 1) return undefined;
  return new Refusal('member.last_owner', 'this is the last owner of the organisation; make somebody else one first');
}
