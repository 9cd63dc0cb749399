// The routes about keys. A key is made here, shown once, and only its hash goes on.

import type { Caller } from '../../../access/authenticate.js';
import { beyondRepositories, isMore, mayNotGive, reachOf } from '../../../access/policy.js';
import { hashSecret, newKey } from '../../../access/secrets.js';
import type { Bounds, Key } from '../../../core/access/access.js';
import { GRANTS } from '../../../core/access/grants.js';
import { keyView } from '../../../core/access/view.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { pageOf } from '../paging.js';

/** Long enough to put the new key everywhere during a working day. */
const OVERLAP_SECONDS = 24 * 3600;

type KeyHandlers = Pick<Handlers, 'key.create' | 'key.list' | 'key.rotate' | 'key.revoke'>;

export function keyHandlers(now: () => number): KeyHandlers {
  return {
    'key.create': async ({ caller, body, execute }) => {
      const { role, name, ttlSeconds, scopes, repositories, rateMultiplier } = body;
      const beyond =
        beyondCaller(caller, role, { scopes, repositories }) ??
        outlives(caller, now(), ttlSeconds) ??
        isFaster(caller, rateMultiplier);
      if (beyond !== undefined) return beyond;
      const { key: secret, hint } = newKey(caller.org);
      const createdAt = now();
      const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1000;
      const bounds = {
        ...(scopes !== undefined && { scopes }),
        ...(repositories !== undefined && { repositories }),
        ...(rateMultiplier !== undefined && { rateMultiplier }),
      };
      const made = await execute({
        type: 'key.create',
        org: caller.org,
        by: caller.by,
        role,
        name,
        hash: hashSecret(secret),
        hint,
        ...bounds,
        ...(ttlMs !== undefined && { ttlMs }),
      });
      if (made instanceof Refusal) return made;
      const expiry = ttlMs === undefined ? {} : { expiresAt: iso(createdAt + ttlMs) };
      return { body: { id: made.key, role, name, hint, createdAt: iso(createdAt), ...expiry, ...bounds, key: secret } };
    },

    'key.list': async ({ read, query }) => {
      const body = await read((view) => {
        const keys = view.keys().sort((a, b) => (a.id < b.id ? -1 : 1));
        return pageOf(keys, query, ({ id }) => id, keyView);
      });
      return body instanceof Refusal ? body : { body };
    },

    'key.rotate': async ({ caller, path, body, read, execute }) => {
      const key = await read((view) => view.key(path.id));
      if (key instanceof Refusal) return key;
      if (key === undefined) return notFound(path.id);
      const beyond = mayNotTouch(caller, key) ?? beyondCaller(caller, key.role, key) ?? lastsLonger(caller, key);
      if (beyond !== undefined) return beyond;
      const { key: secret, hint } = newKey(caller.org);
      const rotated = await execute({
        type: 'key.rotate',
        org: caller.org,
        by: caller.by,
        key: key.id,
        hash: hashSecret(secret),
        hint,
        overlapMs: (body.overlapSeconds ?? OVERLAP_SECONDS) * 1000,
        ...(caller.makesUntil !== undefined && { notAfter: caller.makesUntil }),
      });
      if (rotated instanceof Refusal) return rotated;
      return { body: { id: rotated.key, key: secret, oldExpiresAt: iso(rotated.expiresAt) } };
    },

    'key.revoke': async ({ caller, path, read, execute }) => {
      const key = await read((view) => view.key(path.id));
      if (key instanceof Refusal) return key;
      const refused = key === undefined ? notFound(path.id) : mayNotRevoke(caller, key);
      if (refused !== undefined) return refused;
      const revoked = await execute({ type: 'key.revoke', org: caller.org, by: caller.by, key: path.id });
      return revoked instanceof Refusal ? revoked : {};
    },
  };
}

function notFound(id: string): Refusal {
  return new Refusal('key.not_found', `key ${id} not found`);
}

/** Nobody ends a key that may more than its own role can give. */
function mayNotTouch(caller: Caller, { role }: Key): Refusal | undefined {
  const isAgents = role === 'agent' && reachOf(caller, 'keys.manage') === 'org';
  if (isAgents || (GRANTS[caller.role] as readonly string[]).includes(role)) return undefined;
  return new Refusal('auth.forbidden', `the role ${caller.role} is not allowed to change a key of role ${role}`);
}

/** Nobody makes a key that may more than the one it calls by. */
function beyondCaller(caller: Caller, role: Key['role'], { scopes, repositories }: Bounds): Refusal | undefined {
  const beyond = mayNotGive(caller, role, 'make a key of role');
  if (beyond !== undefined) return beyond;
  if (!isMore(caller.scopes, scopes)) return beyondRepositories(caller, repositories);
  return new Refusal('auth.forbidden', 'your own key is limited to fewer scopes', [
    { path: '/scopes', message: 'is more than you have' },
  ]);
}

/** A key that expires makes none that lasts longer, or it would not have expired. */
function outlives({ makesUntil }: Caller, at: number, ttlSeconds: number | undefined): Refusal | undefined {
  if (makesUntil === undefined || (ttlSeconds !== undefined && at + ttlSeconds * 1000 <= makesUntil)) return undefined;
  const message = `your own key expires at ${iso(makesUntil)}, and can make none that lasts longer`;
  return new Refusal('auth.forbidden', message, [
    { path: '/ttlSeconds', message: 'must end before your own key does' },
  ]);
}

/** Who may ask for how much is for those to say who keep the keys of all. */
function isFaster(caller: Caller, wanted = 1): Refusal | undefined {
  if (wanted <= caller.rateMultiplier || reachOf(caller, 'keys.manage') === 'org') return undefined;
  return new Refusal('auth.forbidden', `the role ${caller.role} is not allowed to raise the limits of a key`, [
    { path: '/rateMultiplier', message: 'is more than you have' },
  ]);
}

/** A limited key ends only what it could have made itself; an agent's key is bound to its socket. */
function mayNotRevoke(caller: Caller, key: Key): Refusal | undefined {
  return mayNotTouch(caller, key) ?? (key.role === 'agent' ? undefined : beyondCaller(caller, key.role, key));
}

/** To rotate a key is to get a new one like it. */
function lastsLonger({ makesUntil }: Caller, { expiresAt }: Key): Refusal | undefined {
  if (makesUntil === undefined || (expiresAt !== undefined && expiresAt <= makesUntil)) return undefined;
  return new Refusal(
    'auth.forbidden',
    `your own key expires at ${iso(makesUntil)}, before the one that you want to rotate`,
  );
}
