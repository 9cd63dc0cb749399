// The routes about accounts and sessions: register, sign in and out, who one is.

import type { Me } from '@agentcom/schemas';
import type { AbuseLimiter } from '../../../access/abuse-limiter.js';
import type { Caller } from '../../../access/authenticate.js';
import type { Passwords } from '../../../access/passwords.js';
import { hashSecret, newToken } from '../../../access/secrets.js';
import { sessionCookie } from '../../../access/session-cookie.js';
import type { SignInGuard } from '../../../access/sign-in-guard.js';
import type { View } from '../../../access/view.js';
import type { NewSession } from '../../../core/access/commands.js';
import { orgView, sessionView } from '../../../core/access/view.js';
import type { CommandOf } from '../../../core/commands.js';
import { Refusal } from '../../../core/decision.js';
import { iso } from '../../../core/iso.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import { pageOf } from '../paging.js';

/** A link that signs in is opened at once. */
const LINK_MS = 10 * 60_000;
const USER_AGENT_CHARS = 200;

export interface AccountParts {
  readonly passwords: Passwords;
  readonly signIns: SignInGuard;
  readonly abuse: AbuseLimiter;
  readonly now: () => number;
  /** Whether everybody may register, or only whoever is invited. */
  readonly isOpen: boolean;
  /** A session ends after so long in any case, and when it is not used for so long, seconds. */
  readonly sessionSeconds: number;
  readonly sessionIdleSeconds: number;
  readonly publicUrl: string | undefined;
  /** Whoever a session belongs to. */
  readonly signedIn: (secret: string) => Caller | Refusal;
}

type AccountHandlers = Pick<
  Handlers,
  | 'person.register'
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

type Opening = Pick<RouteRequest<'session.start'>, 'address' | 'userAgent' | 'origin' | 'note' | 'read' | 'execute'>;

export function accountHandlers(parts: AccountParts): AccountHandlers {
  const { passwords, signIns, abuse } = parts;

  /** Starts the session of whoever has proven to be that, and answers with its cookie. */
  async function open(
    { address, userAgent, origin, note, read, execute }: Opening,
    whose: { readonly person: string; readonly org?: string } | { readonly token: string },
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

  return {
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
      return made instanceof Refusal ? made : open(request, { person: made.person });
    },

    'session.start': async (request) => {
      const { body, address, note, read } = request;
      const { email, password, token, org } = body;
      if (token !== undefined) {
        const opened = await open(request, { token: hashSecret(token) });
        const blocked =
          opened instanceof Refusal && opened.code === 'token.invalid' ? await abuse.failed(address) : undefined;
        return blocked ?? opened;
      }
      if (email === undefined || password === undefined) {
        const path = email === undefined ? '/email' : '/password';
        return new Refusal('request.invalid', 'the body is not valid', [{ path, message: 'is required' }]);
      }
      const account = email.toLowerCase();
      const wait = await signIns.refuse(account, address);
      if (wait !== undefined) return wait;
      const person = await read((view) => view.account(account));
      if (person instanceof Refusal) return person;
      if (person !== undefined) note({ target: `person:${person.id}` });
      const isRight = await passwords.matches(password, person?.passwordHash);
      if (isRight instanceof Refusal) return isRight;
      if (!isRight || person === undefined) {
        await signIns.failed(account, address);
        const blocked = await abuse.failed(address);
        return blocked ?? new Refusal('auth.sign_in_failed', 'the address or the password is wrong');
      }
      await signIns.succeeded(account, address);
      return open(request, { person: person.id, ...(org !== undefined && { org }) });
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

    'session.reset': async ({ body, execute }) => {
      const passwordHash = await passwords.hash(body.password);
      if (passwordHash instanceof Refusal) return passwordHash;
      const reset = await execute({ type: 'person.reset', token: hashSecret(body.token), passwordHash });
      return reset instanceof Refusal ? reset : {};
    },

    me: async ({ caller, read }) => {
      const body = await read((view) => meOf(caller, view));
      return body instanceof Refusal ? body : { body };
    },

    'me.password': async ({ caller, body, address, read, execute }) => {
      const person = await read((view) => view.person());
      if (person instanceof Refusal) return person;
      if (person === undefined) return notAPerson();
      const wait = await signIns.refuse(person.email, address);
      if (wait !== undefined) return wait;
      const isRight =
        person.passwordHash === undefined || (await passwords.matches(body.current ?? '', person.passwordHash));
      if (isRight instanceof Refusal) return isRight;
      if (!isRight) {
        await signIns.failed(person.email, address);
        return new Refusal('auth.sign_in_failed', 'the present password is wrong', [
          { path: '/current', message: 'is not the present password' },
        ]);
      }
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

function notAPerson(): Refusal {
  return new Refusal('person.required', 'this is for people with an account; you call by a key');
}

function meOf(caller: Caller, view: View): Me {
  const { org, role, by, name, session, expiresAt, scopes, repositories } = caller;
  const person = view.person();
  return {
    org,
    role,
    caller: by,
    name,
    ...(person !== undefined && { email: person.email, orgs: view.memberships().map(orgView) }),
    ...(scopes !== undefined && { scopes }),
    ...(repositories !== undefined && { repositories }),
    ...(session !== undefined && { session }),
    ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
  };
}
