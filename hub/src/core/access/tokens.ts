// One-time tokens: an invitation, a link that signs in, a link that sets a new password.

import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import { memberKey, type OneTimeToken, type TokenPurpose } from './access.js';

export const tokenDecisions: DecisionTable<'token.create' | 'token.revoke' | 'person.ask_reset'> = {
  'token.create': (decision, command) => {
    const { type: _type, ttlMs, person, key, ...given } = command;
    if (person !== undefined && !decision.state.members.has(memberKey(given.org, person)))
      return new Refusal('member.not_found', `member ${person} not found`);
    const refused = command.purpose === 'reset' && person !== undefined ? refuseReset(decision, person) : undefined;
    if (refused !== undefined) return refused;
    const expiresAt = decision.now + ttlMs;
    const whose = { ...(person !== undefined && { person }), ...(key !== undefined && { key }) };
    decision.emit({ type: 'token.created', token: decision.inputs.newId(), expiresAt, ...given, ...whose });
    return { expiresAt };
  },

  'token.revoke': (decision, { org, token: id }) => {
    const token = decision.state.access.tokensOf.of(org).find((one) => one.id === id);
    if (token === undefined) return new Refusal('invitation.not_found', `invitation ${id} not found`);
    decision.emit({ type: 'token.ended', org, hash: token.hash, cause: 'revoked' });
    return {};
  },

  'person.ask_reset': (decision, { person, hash, ttlMs }) => {
    const { state, now, inputs } = decision;
    if (!state.people.has(person)) return new Refusal('person.not_found', `person ${person} not found`);
    const [home] = state.access.membershipsOf.of(person);
    if (home === undefined) return new Refusal('member.none', 'this account is not a member of any organisation');
    const refused = refuseLinked(decision, person);
    if (refused !== undefined) return refused;
    const by = `person:${person}`;
    // Those that an owner gave stay: strangers can ask, too.
    endLinks(decision, person, orgsOf(decision, person), (token) => token.purpose === 'reset' && token.by === by);
    const expiresAt = now + ttlMs;
    decision.emit({
      type: 'token.created',
      token: inputs.newId(),
      org: home.org,
      by,
      hash,
      purpose: 'reset',
      person,
      expiresAt,
    });
    return { org: home.org, expiresAt };
  },
};

/** Undefined when the account belongs to nobody but one organisation, whose owners may open it. */
export function refuseReset(decision: Decision, person: string): Refusal | undefined {
  if (decision.state.access.membershipsOf.size(person) > 1) {
    const message = 'this person also belongs to other organisations, so only the person can change the password';
    return new Refusal('member.elsewhere', message);
  }
  return refuseLinked(decision, person);
}

/** The provider decides who comes in: neither an owner nor a mailbox gets around it. */
function refuseLinked({ state }: Decision, person: string): Refusal | undefined {
  if ((state.people.get(person)?.identities ?? []).length === 0) return undefined;
  const message = 'this person signs in at an identity provider, so only the person can set a password';
  return new Refusal('member.linked', message);
}

/** The same when the link is used. Whoever asked for it by mail has shown to be the person, in whatever organisations. */
export function refuseUsedReset(decision: Decision, { by }: OneTimeToken, person: string): Refusal | undefined {
  return by === `person:${person}` ? refuseLinked(decision, person) : refuseReset(decision, person);
}

/** Those by which this person could sign in, or set a password, as far as `which` picks them. */
export function endLinks(
  decision: Decision,
  person: string,
  orgs: Iterable<string>,
  which: (token: OneTimeToken) => boolean = () => true,
): void {
  for (const org of orgs) {
    for (const token of decision.state.access.tokensOf.of(org)) {
      if (token.person !== person || !which(token)) continue;
      decision.emit({ type: 'token.ended', org, hash: token.hash, cause: 'revoked' });
    }
  }
}

/** Of all organisations of the person: whoever got one before must not come in by it. */
export function endAllLinks(decision: Decision, person: string): void {
  endLinks(decision, person, orgsOf(decision, person));
}

function orgsOf({ state }: Decision, person: string): string[] {
  return state.access.membershipsOf.of(person).map(({ org }) => org);
}

/** The token of this hash, good for that; whatever is wrong with it, the answer is the same. */
export function tokenFor(
  { state, now }: Pick<Decision, 'state' | 'now'>,
  hash: string,
  purpose: TokenPurpose,
): OneTimeToken | Refusal {
  const token = state.tokens.get(hash);
  return token === undefined || token.purpose !== purpose || token.expiresAt <= now ? tokenInvalid() : token;
}

export function expireToken(decision: Decision, hash: string): void {
  const token = decision.state.tokens.get(hash);
  if (token !== undefined) decision.emit({ type: 'token.ended', org: token.org, hash, cause: 'expired' });
}

export function tokenInvalid(): Refusal {
  return new Refusal('token.invalid', 'the link is unknown, used or expired; ask for a new one');
}
