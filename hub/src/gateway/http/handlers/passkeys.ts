// The routes about passkeys: make one, list and remove them, sign in with one.

import type { AbuseLimiter } from '../../../access/abuse-limiter.js';
import { type Passkeys, refused } from '../../../access/passkeys.js';
import { flowCookie, flowOf } from '../../../access/session-cookie.js';
import { passkeyView } from '../../../core/access/view.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers, RouteReply } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import { pageOf } from '../paging.js';
import { type ConfirmParts, confirmed, notAPerson } from './confirm.js';
import { openSession, type SessionParts } from './open-session.js';

export interface PasskeyParts extends ConfirmParts, SessionParts {
  readonly passkeys: Passkeys;
  readonly abuse: AbuseLimiter;
  readonly publicUrl: string | undefined;
}

type PasskeyHandlers = Pick<
  Handlers,
  'passkey.begin' | 'passkey.create' | 'passkey.list' | 'passkey.remove' | 'session.challenge' | 'session.passkey'
>;

export function passkeyHandlers(parts: PasskeyParts): PasskeyHandlers {
  const { passkeys, abuse, publicUrl } = parts;
  return {
    'passkey.begin': async (request) => {
      const address = hubAddress(publicUrl, request.origin);
      if (address instanceof Refusal) return address;
      const person = await confirmed(parts, request, request.body.current);
      if (person instanceof Refusal) return person;
      return challenge(request.origin, await passkeys.toCreate(address, person));
    },

    'passkey.create': async ({ body, origin, cookie, read, execute }) => {
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      const person = await read((view) => view.person());
      if (person instanceof Refusal) return person;
      if (person === undefined) return notAPerson();
      const created = await passkeys.created(
        address,
        flowOf('passkey', cookie, origin.startsWith('https:')),
        person.id,
        body.credential,
      );
      if (created instanceof Refusal) return created;
      const added = await execute({ type: 'passkey.add', person: person.id, name: body.name, ...created });
      if (added instanceof Refusal) return added;
      const made = await read((view) => view.passkeys().find(({ id }) => id === added.passkey));
      if (made instanceof Refusal) return made;
      return made === undefined ? notFound(added.passkey) : { body: passkeyView(made), headers: over(origin) };
    },

    'passkey.list': async ({ query, read }) => {
      const body = await read((view) => pageOf(view.passkeys(), query, ({ id }) => id, passkeyView));
      return body instanceof Refusal ? body : { body };
    },

    'passkey.remove': async ({ path, read, execute }) => {
      const person = await read((view) => view.person());
      if (person instanceof Refusal) return person;
      if (person === undefined) return notFound(path.id);
      const removed = await execute({ type: 'passkey.remove', person: person.id, passkey: path.id });
      return removed instanceof Refusal ? removed : {};
    },

    'session.challenge': async ({ origin }) => {
      const address = hubAddress(publicUrl, origin);
      return address instanceof Refusal ? address : challenge(origin, await passkeys.toSignIn(address));
    },

    'session.passkey': async (request) => {
      const { body, origin, cookie, address: from, read } = request;
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      const { credential, org } = body;
      const found = await read((view) => view.passkeyOf(credential.id));
      if (found instanceof Refusal) return found;
      const counter =
        found === undefined
          ? refused()
          : await passkeys.used(
              address,
              flowOf('passkey', cookie, origin.startsWith('https:')),
              found.person.id,
              found.passkey,
              credential,
            );
      if (found === undefined || counter instanceof Refusal) return (await abuse.failed(from)) ?? refused();
      const proof = { method: 'passkey', passkey: found.passkey.id, counter } as const;
      return openSession(parts, request, { person: found.person.id, proof, ...(org !== undefined && { org }) });
    },
  };
}

function challenge(origin: string, { options, flow }: { options: object; flow: string }): RouteReply {
  const cookie = flowCookie('passkey', flow, origin.startsWith('https:'));
  return { body: { publicKey: options }, headers: { 'set-cookie': cookie } };
}

function over(origin: string): Record<string, string> {
  return { 'set-cookie': flowCookie('passkey', undefined, origin.startsWith('https:')) };
}

function notFound(passkey: string): Refusal {
  return new Refusal('passkey.not_found', `passkey ${passkey} not found`);
}
