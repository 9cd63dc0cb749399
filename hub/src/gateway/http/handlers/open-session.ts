// How a session begins, whatever was proven: its cookie, and who one is then.

import type { Me } from '@agentcom/schemas';
import { ACTIONS } from '@agentcom/schemas/names';
import type { Caller } from '../../../access/authenticate.js';
import { reachOf } from '../../../access/policy.js';
import { hashSecret, newToken } from '../../../access/secrets.js';
import { sessionCookie } from '../../../access/session-cookie.js';
import type { View } from '../../../access/view.js';
import type { SignInProof } from '../../../core/access/access.js';
import type { NewSession } from '../../../core/access/commands.js';
import { GRANTS } from '../../../core/access/grants.js';
import { orgView } from '../../../core/access/view.js';
import type { CommandOf } from '../../../core/commands.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { RouteReply, RouteRequest } from '../handler.js';

const USER_AGENT_CHARS = 200;

export interface SessionParts {
  /** A session ends after so long in any case, and when it is not used for so long, seconds. */
  readonly sessionSeconds: number;
  readonly sessionIdleSeconds: number;
  /** Whoever a session belongs to. */
  readonly signedIn: (secret: string) => Caller | Refusal;
}

type Opening = Pick<RouteRequest<'session.start'>, 'address' | 'userAgent' | 'origin' | 'note' | 'read' | 'execute'>;
type Whose =
  | { readonly person: string; readonly org?: string; readonly proof: SignInProof }
  | { readonly token: string };

/** Starts the session of whoever has proven to be that, and answers with its cookie. */
export async function openSession(
  parts: SessionParts,
  { address, userAgent, origin, note, read, execute }: Opening,
  whose: Whose,
): Promise<RouteReply | Refusal> {
  const secret = newToken();
  const from: NewSession = {
    hash: hashSecret(secret),
    ttlMs: parts.sessionSeconds * 1000,
    idleMs: parts.sessionIdleSeconds * 1000,
    address,
    ...(userAgent !== undefined && { userAgent: userAgent.slice(0, USER_AGENT_CHARS) }),
  };
  const command: CommandOf<'session.start'> = { type: 'session.start', ...from, ...whose };
  const started = await execute(command);
  if (started instanceof Refusal) return started;
  const caller = parts.signedIn(secret);
  if (caller instanceof Refusal) return caller;
  note({ org: caller.org, caller: caller.by, name: caller.name, target: caller.session });
  const me = await read((view) => meOf(caller, view.as(caller)));
  if (me instanceof Refusal) return me;
  const cookie = sessionCookie(secret, origin.startsWith('https:'), parts.sessionSeconds);
  return { body: me, headers: { 'set-cookie': cookie } };
}

export function meOf(caller: Caller, view: View): Me {
  const { org, role, by, name, session, expiresAt, scopes, repositories } = caller;
  const person = view.person();
  return {
    org,
    role,
    caller: by,
    name,
    actions: ACTIONS.filter((action) => reachOf(caller, action) !== undefined),
    grants: [...GRANTS[role]],
    ...(person !== undefined && { email: person.email, orgs: view.memberships().map(orgView) }),
    ...(person?.totp !== undefined && { totp: { recoveryCodesLeft: person.totp.recovery.length } }),
    ...(scopes !== undefined && { scopes }),
    ...(repositories !== undefined && { repositories }),
    ...(session !== undefined && { session }),
    ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
  };
}
