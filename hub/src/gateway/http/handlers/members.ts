// The routes about the members of an organisation and their invitations.

import type { MemberRole } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { isLimited, mayNotGive } from '../../../access/policy.js';
import { hashSecret, newToken } from '../../../access/secrets.js';
import { SignInGuard } from '../../../access/sign-in-guard.js';
import { invitationView, memberView, sessionView } from '../../../core/access/view.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { MailPort } from '../../mail-port.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import { invitationMail } from '../mail-texts.js';
import { pageOf } from '../paging.js';

const INVITATION_SECONDS = 7 * 24 * 3600;
const RESET_MS = 24 * 3_600_000;

type MemberHandlers = Pick<
  Handlers,
  | 'member.list'
  | 'member.invite'
  | 'member.change'
  | 'member.remove'
  | 'member.reset'
  | 'member.sessions'
  | 'member.endSessions'
  | 'member.endSession'
  | 'invitation.list'
  | 'invitation.revoke'
>;

/** Invitations mailed to one address, and for one organisation, before there is a wait: nobody floods others by way of the hub. */
const FREE = { here: 3, everywhere: 20 };

export interface MemberParts {
  readonly publicUrl: string | undefined;
  /** Undefined where the hub sends no mail. */
  readonly mail: MailPort | undefined;
  readonly now: () => number;
}

export function memberHandlers({ publicUrl, mail, now }: MemberParts): MemberHandlers {
  const mailed = new SignInGuard(now, () => 'too many invitations were mailed', FREE);
  const mayMail = (org: string, to: string): boolean => {
    if (mailed.refuse(org, to) !== undefined) return false;
    mailed.failed(org, to);
    return true;
  };
  return {
    'member.list': async ({ query, read }) => {
      const body = await read((view) => pageOf(view.members(), query, ([{ person }]) => person, memberView));
      return body instanceof Refusal ? body : { body };
    },

    'member.invite': async ({ caller, body, origin, read, execute }) => {
      const { role, ttlSeconds = INVITATION_SECONDS } = body;
      const email = body.email?.toLowerCase();
      const address = hubAddress(publicUrl, origin);
      const refused = address instanceof Refusal ? address : mayNotGrant(caller, role);
      if (refused !== undefined) return refused;
      const token = newToken();
      const made = await execute({
        type: 'member.invite',
        org: caller.org,
        by: caller.by,
        hash: hashSecret(token),
        role,
        ttlMs: ttlSeconds * 1000,
        ...(email !== undefined && { email }),
      });
      if (made instanceof Refusal) return made;
      const url = `${address}/sign-in#invitation=${token}`;
      const expiresAt = iso(made.expiresAt);
      const link = { id: made.token, url, expiresAt };
      if (mail === undefined || email === undefined) return { body: link };
      const inviter = await read((view) => view.inviter(caller.by, caller.org));
      // It is made: without a name the mail still says what it is to.
      const by = inviter instanceof Refusal ? undefined : inviter;
      const text = invitationMail({ hub: String(address), org: caller.org, role, by, url, until: expiresAt });
      return { body: { ...link, mailed: mayMail(caller.org, email) && mail.send({ to: email, ...text }) } };
    },

    'member.change': async ({ caller, path, body, read, execute }) => {
      const refused = mayNotGrant(caller, body.role);
      if (refused !== undefined) return refused;
      const { org, by } = caller;
      const changed = await execute({ type: 'member.change', org, by, person: path.id, role: body.role });
      if (changed instanceof Refusal) return changed;
      const member = await read((view) => view.members().find(([{ person }]) => person === path.id));
      if (member instanceof Refusal) return member;
      return member === undefined ? notFound(path.id) : { body: memberView(member) };
    },

    'member.remove': async ({ caller, path, execute }) => {
      const refused = mayNotChange(caller);
      if (refused !== undefined) return refused;
      const { org, by } = caller;
      const removed = await execute({ type: 'member.remove', org, by, person: path.id });
      return removed instanceof Refusal ? removed : {};
    },

    'member.reset': async ({ caller, path, origin, execute }) => {
      const address = hubAddress(publicUrl, origin);
      const refused = address instanceof Refusal ? address : (mayNotChange(caller) ?? isOneself(caller, path.id));
      if (refused !== undefined) return refused;
      const token = newToken();
      const made = await execute({
        type: 'token.create',
        purpose: 'reset',
        org: caller.org,
        by: caller.by,
        hash: hashSecret(token),
        ttlMs: RESET_MS,
        person: path.id,
      });
      if (made instanceof Refusal) return made;
      return { body: { url: `${address}/sign-in#reset=${token}`, expiresAt: iso(made.expiresAt) } };
    },

    'member.sessions': async ({ caller, path, query, read }) => {
      const body = await read((view) => {
        const sessions = view.sessionsOf(path.id);
        return (
          sessions &&
          pageOf(
            sessions,
            query,
            ({ id }) => id,
            (session) => sessionView(session, caller.session),
          )
        );
      });
      if (body instanceof Refusal) return body;
      return body === undefined ? notFound(path.id) : { body };
    },

    'member.endSessions': (request) => endSessions(request, request.path.id),

    'member.endSession': (request) => endSessions(request, request.path.id, request.path.session),

    'invitation.list': async ({ query, read }) => {
      const body = await read((view) => pageOf(view.invitations(), query, ({ id }) => id, invitationView));
      return body instanceof Refusal ? body : { body };
    },

    'invitation.revoke': async ({ caller, path, read, execute }) => {
      const invitation = await read((view) => view.invitations().find(({ id }) => id === path.id));
      if (invitation instanceof Refusal) return invitation;
      if (invitation === undefined) return new Refusal('invitation.not_found', `invitation ${path.id} not found`);
      const revoked = await execute({ type: 'token.revoke', org: caller.org, by: caller.by, token: path.id });
      return revoked instanceof Refusal ? revoked : {};
    },
  };
}

/** All of the member's in the organisation, or that one. */
async function endSessions(
  { caller, read, execute }: Pick<RouteRequest<'member.endSessions'>, 'caller' | 'read' | 'execute'>,
  person: string,
  session?: string,
): Promise<RouteReply | Refusal> {
  const member = await read((view) => view.members().find(([one]) => one.person === person)?.[0]);
  if (member instanceof Refusal) return member;
  if (member === undefined) return notFound(person);
  const refused = mayNotGive(caller, member.role, 'end the sessions of somebody in the role');
  if (refused !== undefined) return refused;
  const { org, by } = caller;
  const which = session === undefined ? {} : { session };
  const ended = await execute({ type: 'member.end_sessions', org, by, person, ...which });
  return ended instanceof Refusal ? ended : {};
}

function notFound(id: string): Refusal {
  return new Refusal('member.not_found', `member ${id} not found`);
}

/** Members are not limited as keys are, and do not expire, so only a key that is neither makes and changes them. */
function mayNotChange(caller: Caller): Refusal | undefined {
  if (!isLimited(caller)) return undefined;
  return new Refusal('auth.forbidden', 'a key that is limited or expires makes and changes no members');
}

function mayNotGrant(caller: Caller, role: MemberRole): Refusal | undefined {
  return mayNotChange(caller) ?? mayNotGive(caller, role, 'give the role');
}

/** Whoever has a session for a moment must not get the account with it. */
function isOneself({ person }: Caller, id: string): Refusal | undefined {
  if (person !== id) return undefined;
  return new Refusal('auth.forbidden', 'change your own password at the page to sign in, with the present one');
}
