// The route by which somebody who forgot the password gets a link by mail. It tells nobody whether there is such an account: answer, time and
// headers are the same, and all that depends on the account is done afterwards.

import { hashSecret, newToken } from '../../../access/secrets.js';
import { SignInGuard } from '../../../access/sign-in-guard.js';
import { Refusal } from '../../../core/refusal.js';
import type { MailPort } from '../../mail-port.js';
import type { Handlers, RouteRequest } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import { linkedMail, resetMail } from '../mail-texts.js';

const RESET_MS = 3_600_000;
/** Links for one address of mail that are asked for from one place, and from all, before there is a wait. */
const FREE = { here: 3, everywhere: 20 };

export interface Account {
  readonly person: string;
  /** Its first organisation. */
  readonly org: string | undefined;
}

export interface MailResetParts {
  /** Undefined where the hub sends no mail. */
  readonly mail: MailPort | undefined;
  readonly publicUrl: string | undefined;
  readonly now: () => number;
  /** Whose address that is. */
  readonly accountOf: (email: string) => Account | undefined;
  /** A link that was asked for is not made. */
  readonly onMailFailed: (error: unknown) => void;
}

export function mailResetHandlers(parts: MailResetParts): Pick<Handlers, 'session.mailReset'> {
  const { mail, publicUrl, now, accountOf, onMailFailed } = parts;
  const asked = new SignInGuard(now, () => 'too many links were asked for this account', FREE);
  return {
    'session.mailReset': ({ body, address, origin, note, execute }) => {
      const hub = hubAddress(publicUrl, origin);
      if (mail === undefined || publicUrl === undefined || hub instanceof Refusal)
        return new Refusal('request.not_found', 'this hub sends no mail; ask an owner of your organisation for a link');
      const email = body.email.toLowerCase();
      const wait = asked.refuse(email, address);
      if (wait !== undefined) return wait;
      asked.failed(email, address);
      const account = accountOf(email);
      if (account === undefined) return {};
      // In the organisation of the account, whose owners are to see who asks.
      note({ org: account.org, target: `person:${account.person}` });
      setImmediate(() => void mailLink(mail, hub, email, account, execute).catch(onMailFailed));
      return {};
    },
  };
}

async function mailLink(
  mail: MailPort,
  hub: string,
  to: string,
  { person }: Account,
  execute: RouteRequest<'session.mailReset'>['execute'],
): Promise<void> {
  const token = newToken();
  const asked = await execute({ type: 'person.ask_reset', person, hash: hashSecret(token), ttlMs: RESET_MS });
  if (!(asked instanceof Refusal)) mail.send({ to, ...resetMail(hub, `${hub}/sign-in#reset=${token}`) });
  else if (asked.code === 'member.linked') mail.send({ to, ...linkedMail(hub) });
  // Whoever is a member of nothing could not sign in with a password either.
  else if (asked.code !== 'member.none') throw new Error(asked.message);
}
