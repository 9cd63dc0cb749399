// Who an identity provider says somebody is: an account that is linked with it, else the one of that e-mail address, else a new one for whoever
// was invited or belongs to a domain that may come in.

import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import { identityKey, memberKey, type OneTimeToken, type Person } from './access.js';
import type { AccessCommands } from './commands.js';
import { changeRole, useInvitation } from './people.js';
import { endSessions } from './sessions.js';
import { endAllLinks } from './tokens.js';
import { refuseMore } from './usage.js';

type Identified = AccessCommands['person.identify'];

export const identityDecisions: DecisionTable<'person.identify'> = {
  'person.identify': (decision, command) => {
    const { org, issuer, subject, email } = command;
    const { state } = decision;
    if (!state.orgs.has(org)) return new Refusal('org.not_found', `organisation ${org} not found`);
    const linked = state.access.identities.get(identityKey({ issuer, subject }));
    const person = linked ?? state.access.emails.get(email);
    const refused = refuseEntry(decision, person, command);
    if (refused !== undefined) return refused;
    if (person === undefined) return newPerson(decision, command);
    if (linked === undefined) {
      if (person.identities?.some((one) => one.issuer === issuer) === true) {
        return new Refusal(
          'oidc.conflict',
          'the account of this e-mail address belongs to somebody else at the provider',
        );
      }
      link(decision, person, command);
    }
    const joined = keepMembership(decision, person.id, command);
    return { person: person.id, ...(joined !== undefined && { org: joined }) };
  },
};

function newPerson(decision: Decision, command: Identified): { person: string; org: string } | Refusal {
  const { email, name, role, issuer, subject } = command;
  const invitation = invitationFor(decision, undefined, command);
  if (invitation === undefined && role === undefined) {
    return new Refusal('oidc.no_account', 'you are not a member yet, and nobody has invited this e-mail address');
  }
  const person = decision.inputs.newId();
  decision.emit({ type: 'person.registered', person, email, name });
  decision.emit({ type: 'person.linked', person, issuer, subject });
  return { person, org: join(decision, person, command, invitation) ?? command.org };
}

/**
 * Whoever made the account may never have shown that the address is theirs, so all that proved it before is void: the password, the codes of an app,
 * links and sessions.
 */
function link(decision: Decision, { id: person }: Person, { issuer, subject }: Identified): void {
  decision.emit({ type: 'person.linked', person, issuer, subject });
  endSessions(decision, person, 'linked');
  endAllLinks(decision, person);
}

/** Where it is a member then, if anywhere by this sign-in. The provider's word on roles counts each time; the last owner stays one. */
function keepMembership(decision: Decision, person: string, command: Identified): string | undefined {
  const { org, claimed } = command;
  const member = decision.state.members.get(memberKey(org, person));
  if (member === undefined) return join(decision, person, command, invitationFor(decision, person, command));
  if (claimed !== undefined && claimed !== member.role) changeRole(decision, member, claimed, `person:${person}`);
  return org;
}

/** The organisation; what the provider says of roles is for its own. */
function join(
  decision: Decision,
  person: string,
  { org, role, claimed }: Pick<Identified, 'org' | 'role' | 'claimed'>,
  invitation: OneTimeToken | undefined,
): string | undefined {
  if (invitation !== undefined) {
    const given = invitation.org === org && claimed !== undefined ? { ...invitation, role: claimed } : invitation;
    return useInvitation(decision, given, person);
  }
  if (role === undefined) return undefined;
  decision.emit({ type: 'member.added', org, person, role, by: `person:${person}` });
  return org;
}

/** Whoever comes by role; an invitation has been counted. */
function refuseEntry(decision: Decision, person: Person | undefined, command: Identified): Refusal | undefined {
  const { org, role } = command;
  const isMember = person !== undefined && decision.state.members.has(memberKey(org, person.id));
  const isCounted = isMember || role === undefined || invitationFor(decision, person?.id, command) !== undefined;
  return isCounted ? undefined : refuseMore(decision, org, 'members');
}

/** To the organisation of the provider; to any other one, the oldest, for whoever would be a member nowhere. */
function invitationFor(
  { state, now }: Decision,
  person: string | undefined,
  { org, email, role }: Identified,
): OneTimeToken | undefined {
  const open = state.access.invitationsFor.of(email).filter(({ expiresAt }) => expiresAt > now);
  const isMember = person !== undefined && state.access.membershipsOf.size(person) > 0;
  return open.find((token) => token.org === org) ?? (role === undefined && !isMember ? open[0] : undefined);
}
