// All routes by which people prove who they are, with what they share.

import type { SignInOptions, Tracer } from '@agentcom/schemas';
import type { AbuseLimiter } from '../../../access/abuse-limiter.js';
import { OpenId, type OpenIdSettings } from '../../../access/open-id.js';
import { Passkeys } from '../../../access/passkeys.js';
import { Passwords } from '../../../access/passwords.js';
import type { Sealer } from '../../../access/sealing.js';
import { SecondFactor } from '../../../access/second-factor.js';
import { SignInGuard } from '../../../access/sign-in-guard.js';
import { accountHandlers } from './accounts.js';
import { type MailResetParts, mailResetHandlers } from './mail-reset.js';
import { openIdHandlers } from './open-id.js';
import type { SessionParts } from './open-session.js';
import { passkeyHandlers } from './passkeys.js';
import { totpHandlers } from './totp.js';

export interface IdentityParts extends SessionParts, MailResetParts {
  readonly sealer: Sealer;
  readonly abuse: AbuseLimiter;
  /** Whether everybody may register, or only whoever is invited. */
  readonly isOpen: boolean;
  /** Where people may sign in at an identity provider; undefined where none is set up. */
  readonly provider: OpenIdSettings | undefined;
  /** Undefined while traces are off. */
  readonly tracer: Tracer | undefined;
  /** Why signing in there failed, for the log. */
  readonly onProviderFailed: (reason: string) => void;
}

export function identityHandlers(parts: IdentityParts) {
  const { sealer, now, tracer, provider: settings, onProviderFailed: onFailed } = parts;
  const checks = {
    passwords: new Passwords(),
    signIns: new SignInGuard(now),
    secondFactor: new SecondFactor(sealer, now),
  };
  const openId = settings && new OpenId({ settings, sealer, now, tracer, onFailed });
  const options: SignInOptions = {
    registration: parts.isOpen ? 'open' : 'invitation',
    provider: settings !== undefined,
    mail: parts.mail !== undefined,
  };
  return {
    'session.options': () => ({ body: options }),
    ...accountHandlers({ ...parts, ...checks }),
    ...mailResetHandlers(parts),
    ...totpHandlers({ ...checks, now }),
    ...passkeyHandlers({ ...parts, ...checks, passkeys: new Passkeys(sealer, now) }),
    ...openIdHandlers({ ...parts, openId }),
  };
}
