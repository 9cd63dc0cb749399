// The routes about codes of an authenticator app, and the check of such a code wherever one is asked for.

import { newRecoveryCodes, type SecondFactor } from '../../../access/second-factor.js';
import type { SignInGuard } from '../../../access/sign-in-guard.js';
import type { Person, UsedCode } from '../../../core/access/access.js';
import { notActive, notOffered, wrongCode } from '../../../core/access/totp.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { type ConfirmParts, confirmed, notAPerson } from './confirm.js';

export interface TotpParts extends ConfirmParts {
  readonly secondFactor: SecondFactor;
}

type TotpHandlers = Pick<Handlers, 'totp.begin' | 'totp.confirm' | 'totp.remove'>;

export function totpHandlers(parts: TotpParts): TotpHandlers {
  const { secondFactor, signIns } = parts;
  return {
    'totp.begin': async (request) => {
      const person = await confirmed(parts, request, request.body.current);
      if (person instanceof Refusal) return person;
      const { secret, url, sealed } = secondFactor.offer(person);
      const offered = await request.execute({ type: 'totp.offer', person: person.id, secret: sealed });
      return offered instanceof Refusal ? offered : { body: { secret, url } };
    },

    'totp.confirm': async ({ body, address, read, execute }) => {
      const person = await read((view) => view.person());
      if (person instanceof Refusal) return person;
      if (person === undefined) return notAPerson();
      const { id, email, totpOffer } = person;
      if (totpOffer === undefined) return notOffered();
      const wait = signIns.refuse(email, address);
      if (wait !== undefined) return wait;
      const step = secondFactor.stepOf(id, totpOffer, body.code);
      if (step instanceof Refusal) return step;
      if (step === undefined) {
        signIns.failed(email, address);
        return wrongCode();
      }
      const { codes, hashes } = newRecoveryCodes();
      const enabled = await execute({ type: 'totp.enable', person: id, secret: totpOffer, step, recovery: hashes });
      return enabled instanceof Refusal ? enabled : { body: { recoveryCodes: codes } };
    },

    'totp.remove': async ({ body, address, read, execute }) => {
      const person = await read((view) => view.person());
      if (person instanceof Refusal) return person;
      if (person === undefined) return notAPerson();
      if (person.totp === undefined) return notActive();
      const code = await rightCode(parts, person, body.code, address);
      if (code instanceof Refusal) return code;
      const removed = await execute({ type: 'totp.remove', person: person.id, code });
      countUsed(signIns, person, address, removed);
      return removed instanceof Refusal ? removed : {};
    },
  };
}

/** What a code of a person with codes stands for; a wrong one counts as a wrong password does. */
export async function rightCode(
  { secondFactor, signIns }: Pick<TotpParts, 'secondFactor' | 'signIns'>,
  { id, email, totp }: Person,
  typed: string,
  address: string,
): Promise<UsedCode | Refusal> {
  const wait = signIns.refuse(email, address);
  if (wait !== undefined) return wait;
  const code = totp === undefined ? undefined : secondFactor.check(id, totp, typed);
  if (code !== undefined) return code;
  signIns.failed(email, address);
  return wrongCode();
}

/** So does one that was used before. */
export function countUsed(signIns: SignInGuard, { email }: Person, address: string, outcome: object): void {
  if (outcome instanceof Refusal && outcome.code === 'auth.code_wrong') signIns.failed(email, address);
}
