// The routes about accounts and sessions: register, sign in and out, who one is.

import type { AbuseLimiter } from '../../../access/abuse-limiter.js';
import { hashSecret, newToken } from '../../../access/secrets.js';
import { sessionCookie } from '../../../access/session-cookie.js';
import { tokenInvalid } from '../../../core/access/tokens.js';
import { orgView, sessionView } from '../../../core/access/view.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import { pageOf } from '../paging.js';
import { confirmed, notAPerson, wrongPassword } from './confirm.js';
import { meOf, openSession, type SessionParts } from './open-session.js';
import { countUsed, rightCode, type TotpParts } from './totp.js';

/** A link that signs in is opened at once. */
const LINK_MS = 10 * 60_000;

export interface AccountParts extends SessionParts, TotpParts {
  readonly abuse: AbuseLimiter;
  /** Whether everybody may register, or only whoever is invited. */
  readonly isOpen: boolean;
  readonly publicUrl: string | undefined;
}

type AccountHandlers = Pick<
  Handlers,
  | 'person.register'
  | 'invitation.show'
  | 'session.start'
  | 'session.list'
  | 'session.switch'
  | 'session.end'
  | 'session.link'
  | 'session.reset'
  | 'me'
  | 'me.password'
  | 'me.join'
>;

export function accountHandlers(parts: AccountParts): AccountHandlers {
  const { passwords, signIns, abuse } = parts;

  /** Looked at before a password is hashed, which is work that strangers must not get for nothing. */
  async function unusableToken(
    { address, read }: Pick<RouteRequest<'session.reset'>, 'address' | 'read'>,
    token: string,
    purpose: 'invitation' | 'reset',
  ): Promise<Refusal | undefined> {
    const isOpen = await read((view) => view.isOpenToken(hashSecret(token), purpose, parts.now()));
    if (isOpen instanceof Refusal) return isOpen;
    return isOpen ? undefined : ((await abuse.failed(address)) ?? tokenInvalid());
  }

  return {
    'invitation.show': async ({ body, address, read }) => {
      const invitation = await read((view) => view.openInvitation(hashSecret(body.token), parts.now()));
      if (invitation instanceof Refusal) return invitation;
      return invitation === undefined ? ((await abuse.failed(address)) ?? tokenInvalid()) : { body: invitation };
    },

    'person.register': async (request) => {
      const { body, execute } = request;
      const { email, name, password, invitation, org, orgName } = body;
      if (invitation === undefined && !parts.isOpen) {
        return new Refusal('registration.closed', 'this hub takes new people by invitation only; ask an owner for one');
      }
      if ((invitation === undefined) === (org === undefined)) {
        const message = 'must be there, or an invitation, but not both';
        return new Refusal('request.invalid', 'the body is not valid', [{ path: '/org', message }]);
      }
      const unusable = invitation === undefined ? undefined : await unusableToken(request, invitation, 'invitation');
      if (unusable !== undefined) return unusable;
      const passwordHash = await passwords.hash(password);
      if (passwordHash instanceof Refusal) return passwordHash;
      const account = { email: email.toLowerCase(), name, passwordHash };
      const made = await execute(
        invitation !== undefined
          ? { type: 'person.register', ...account, invitation: hashSecret(invitation) }
          : {
              type: 'person.register',
              ...account,
              newOrg: { id: org as string, ...(orgName !== undefined && { name: orgName }) },
            },
      );
      if (made instanceof Refusal) return made;
      return openSession(parts, request, { person: made.person, proof: { method: 'password' } });
    },

    'session.start': async (request) => {
      const { body, address, note, read } = request;
      const { email, password, code: typed, token, org } = body;
      if (token !== undefined) {
        const opened = await openSession(parts, request, { token: hashSecret(token) });
        const blocked =
          opened instanceof Refusal && opened.code === 'token.invalid' ? await abuse.failed(address) : undefined;
        return blocked ?? opened;
      }
      if (email === undefined || password === undefined) {
        const path = email === undefined ? '/email' : '/password';
        return new Refusal('request.invalid', 'the body is not valid', [{ path, message: 'is required' }]);
      }
      const account = email.toLowerCase();
      const wait = signIns.refuse(account, address);
      if (wait !== undefined) return wait;
      const person = await read((view) => view.account(account));
      if (person instanceof Refusal) return person;
      // In the organisation of the account, whose owners are to see who guesses.
      const home = person === undefined ? undefined : await read((view) => view.homeOf(person.id));
      if (home instanceof Refusal) return home;
      if (person !== undefined) note({ org: home, target: `person:${person.id}` });
      const isRight = await passwords.matches(password, person?.passwordHash);
      if (isRight instanceof Refusal) return isRight;
      if (!isRight || person === undefined) {
        signIns.failed(account, address);
        const blocked = await abuse.failed(address);
        return blocked ?? new Refusal('auth.sign_in_failed', 'the address or the password is wrong');
      }
      const needsCode = person.totp !== undefined && typed !== undefined;
      const code = needsCode ? await rightCode(parts, person, typed, address) : undefined;
      if (code instanceof Refusal) return code;
      const proof = { method: 'password', ...(code !== undefined && { code }) } as const;
      const opened = await openSession(parts, request, { person: person.id, proof, ...(org !== undefined && { org }) });
      countUsed(signIns, person, address, opened);
      if (!(opened instanceof Refusal)) signIns.succeeded(account, address);
      return opened;
    },

    'session.list': async ({ caller, read, query }) => {
      const body = await read((view) =>
        pageOf(
          view.sessions(),
          query,
          ({ id }) => id,
          (session) => sessionView(session, caller.session),
        ),
      );
      return body instanceof Refusal ? body : { body };
    },

    'session.switch': async ({ caller, body, read, execute }) => {
      if (caller.session === undefined) return notASession();
      const switched = await execute({ type: 'session.switch', session: caller.session, org: body.org });
      if (switched instanceof Refusal) return switched;
      const me = await read((view) => {
        const role = view.memberships().find(([{ org }]) => org === body.org)?.[0].role ?? caller.role;
        return meOf({ ...caller, org: body.org, role }, view);
      });
      return me instanceof Refusal ? me : { body: me };
    },

    'session.end': async ({ caller, path, origin, read, execute }) => {
      const isCurrent = path.id === 'current' || path.id === caller.session;
      const id = isCurrent ? caller.session : path.id;
      if (id === undefined) return notASession();
      const session = await read((view) => view.sessions().find((one) => one.id === id));
      if (session instanceof Refusal) return session;
      if (session === undefined) return new Refusal('session.not_found', `session ${id} not found`);
      const ended = await execute({ type: 'session.end', session: id, cause: isCurrent ? 'signed_out' : 'revoked' });
      if (ended instanceof Refusal) return ended;
      return isCurrent ? { headers: { 'set-cookie': sessionCookie(undefined, origin.startsWith('https:'), 0) } } : {};
    },

    'session.link': async ({ caller, origin, execute }) => {
      const address = hubAddress(parts.publicUrl, origin);
      if (address instanceof Refusal) return address;
      const token = newToken();
      const { org, by, person } = caller;
      const whose = person !== undefined ? { person } : { key: by.slice('key:'.length) };
      const made = await execute({
        type: 'token.create',
        purpose: 'sign_in',
        org,
        by,
        hash: hashSecret(token),
        ttlMs: LINK_MS,
        ...whose,
      });
      if (made instanceof Refusal) return made;
      return { body: { url: `${address}/sign-in#sign-in=${token}`, expiresAt: iso(made.expiresAt) } };
    },

    'session.reset': async (request) => {
      const { body, note, execute } = request;
      const unusable = await unusableToken(request, body.token, 'reset');
      if (unusable !== undefined) return unusable;
      const passwordHash = await passwords.hash(body.password);
      if (passwordHash instanceof Refusal) return passwordHash;
      const reset = await execute({ type: 'person.reset', token: hashSecret(body.token), passwordHash });
      if (reset instanceof Refusal) return reset;
      note({ org: reset.org, target: `person:${reset.person}` });
      return {};
    },

    me: async ({ caller, read }) => {
      const body = await read((view) => meOf(caller, view));
      return body instanceof Refusal ? body : { body };
    },

    'me.password': async (request) => {
      const { caller, body, address, read, execute } = request;
      const person = await read((view) => view.person());
      if (person instanceof Refusal) return person;
      if (person === undefined) return notAPerson();
      const hasPassword = person.passwordHash !== undefined;
      const checked = hasPassword
        ? await wrongPassword(parts, person, body.current ?? '', address)
        : await confirmed(parts, request, undefined);
      if (checked instanceof Refusal) return checked;
      const passwordHash = await passwords.hash(body.password);
      if (passwordHash instanceof Refusal) return passwordHash;
      const keepSession = caller.session === undefined ? {} : { keepSession: caller.session };
      const set = await execute({ type: 'person.set_password', person: person.id, passwordHash, ...keepSession });
      return set instanceof Refusal ? set : {};
    },

    'me.join': async ({ caller, body, read, execute }) => {
      if (caller.person === undefined) return notAPerson();
      const joined = await execute({
        type: 'member.join',
        person: caller.person,
        invitation: hashSecret(body.token),
      });
      return joined instanceof Refusal ? joined : orgReply(joined.org, read);
    },
  };
}

async function orgReply(org: string, read: RouteRequest<'me'>['read']): Promise<RouteReply | Refusal> {
  const found = await read((view) => view.memberships().find(([member]) => member.org === org));
  if (found instanceof Refusal) return found;
  return found === undefined ? new Refusal('org.not_found', `organisation ${org} not found`) : { body: orgView(found) };
}

function notASession(): Refusal {
  return new Refusal('session.required', 'this is for whoever is signed in at a browser; you call by a key');
}
