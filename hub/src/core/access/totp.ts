// Codes of an authenticator app as a second factor beside the password, and the codes to recover with. What is decided here is that each code
// is used once; whether it is right was found out before, by the secret that only the hub can read.

import type { Decision, DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { SignInProof, Totp, UsedCode } from './access.js';

export const totpDecisions: DecisionTable<'totp.offer' | 'totp.enable' | 'totp.remove'> = {
  'totp.offer': (decision, { person: id, secret }) => {
    const person = decision.state.people.get(id);
    if (person === undefined) return unknown(id);
    if (person.totp !== undefined) return new Refusal('totp.active', 'codes of an app are turned on already');
    decision.emit({ type: 'person.totp_offered', person: id, secret });
    return {};
  },

  'totp.enable': (decision, { person: id, secret, step, recovery }) => {
    const person = decision.state.people.get(id);
    if (person === undefined) return unknown(id);
    if (person.totpOffer !== secret) return notOffered();
    decision.emit({ type: 'person.totp_enabled', person: id, usedStep: step, recovery });
    return {};
  },

  'totp.remove': (decision, { person: id, code }) => {
    const person = decision.state.people.get(id);
    if (person === undefined) return unknown(id);
    if (person.totp === undefined) return notActive();
    if (!isUnused(person.totp, code)) return wrongCode();
    decision.emit({ type: 'person.totp_removed', person: id });
    return {};
  },
};

/** What keeps somebody from signing in, who has proven the rest. */
export function refuseCode(totp: Totp | undefined, proof: SignInProof): Refusal | undefined {
  if (totp === undefined || proof.method !== 'password') return undefined;
  const { code } = proof;
  if (code === undefined) return new Refusal('auth.code_required', 'this account also needs a code of its app');
  return isUnused(totp, code) ? undefined : wrongCode();
}

export function useCode(decision: Decision, person: string, code: UsedCode | undefined): void {
  if (code === undefined || decision.state.people.get(person)?.totp === undefined) return;
  decision.emit({ type: 'person.code_used', person, code });
}

export function wrongCode(): Refusal {
  return new Refusal('auth.code_wrong', 'the code is wrong or was used already', [
    { path: '/code', message: 'is wrong or was used already' },
  ]);
}

export function notOffered(): Refusal {
  return new Refusal('totp.not_offered', 'there is no new secret that a code could confirm');
}

export function notActive(): Refusal {
  return new Refusal('totp.not_active', 'codes of an app are not turned on');
}

function isUnused(totp: Totp, code: UsedCode): boolean {
  return code.kind === 'totp' ? code.step > totp.usedStep : totp.recovery.includes(code.hash);
}

function unknown(person: string): Refusal {
  return new Refusal('person.not_found', `person ${person} not found`);
}
