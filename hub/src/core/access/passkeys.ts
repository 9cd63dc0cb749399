// Passkeys of people. What is decided here is whose each is and that its counter only grows; whether it signed was found out before.

import type { DecisionTable } from '../decision.js';
import { Refusal } from '../refusal.js';
import type { Person, SignInProof } from './access.js';

const PASSKEYS_EACH = 20;

export const passkeyDecisions: DecisionTable<'passkey.add' | 'passkey.remove'> = {
  'passkey.add': (decision, command) => {
    const { type: _type, person: id, ...given } = command;
    const { state, inputs } = decision;
    const person = state.people.get(id);
    if (person === undefined) return new Refusal('person.not_found', `person ${id} not found`);
    if (state.access.passkeys.has(given.credential))
      return new Refusal('passkey.exists', 'this passkey is known already');
    if ((person.passkeys?.length ?? 0) >= PASSKEYS_EACH)
      return new Refusal('quota.exceeded', `a person may have at most ${PASSKEYS_EACH} passkeys`);
    const passkey = inputs.newId();
    decision.emit({ type: 'passkey.added', person: id, passkey, ...given });
    return { passkey };
  },

  'passkey.remove': (decision, { person: id, passkey }) => {
    const person = decision.state.people.get(id);
    if (person?.passkeys?.some((one) => one.id === passkey) !== true)
      return new Refusal('passkey.not_found', `passkey ${passkey} not found`);
    decision.emit({ type: 'passkey.removed', person: id, passkey });
    return {};
  },
};

/** A counter that stands still is one that somebody has copied, unless the authenticator has none. */
export function refusePasskey(person: Person | undefined, proof: SignInProof): Refusal | undefined {
  if (proof.method !== 'passkey') return undefined;
  const passkey = person?.passkeys?.find(({ id }) => id === proof.passkey);
  const hasCounter = (passkey?.counter ?? 0) > 0 || proof.counter > 0;
  if (passkey !== undefined && (!hasCounter || proof.counter > passkey.counter)) return undefined;
  return new Refusal('auth.passkey_refused', 'the passkey is unknown, or its answer was used already');
}
