// The routes about keys. A key is made here, shown once, and only its hash goes on.

import { randomBytes } from 'node:crypto';
import { hashKey } from '../../../access/authenticate.js';
import { keyView } from '../../../core/access/view.js';
import { Refusal } from '../../../core/decision.js';
import { iso } from '../../../core/iso.js';
import type { Handlers } from '../handler.js';
import { pageOf } from '../paging.js';

export function keyHandlers(now: () => number): Pick<Handlers, 'key.create' | 'key.list' | 'key.revoke'> {
  return {
    'key.create': async ({ caller, body, execute }) => {
      const secret = `ac_${randomBytes(32).toString('base64url')}`;
      const { role, name, ttlSeconds } = body;
      const createdAt = now();
      const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1000;
      const made = await execute({
        type: 'key.create',
        org: caller.org,
        role,
        name,
        hash: hashKey(secret),
        ...(ttlMs !== undefined && { ttlMs }),
      });
      if (made instanceof Refusal) return made;
      const expiry = ttlMs === undefined ? {} : { expiresAt: iso(createdAt + ttlMs) };
      return { body: { id: made.key, role, name, createdAt: iso(createdAt), ...expiry, key: secret } };
    },

    'key.list': async ({ read, query }) => {
      const body = await read((view) => {
        const keys = view.keys().sort((a, b) => (a.id < b.id ? -1 : 1));
        return pageOf(keys, query, ({ id }) => id, keyView);
      });
      return body instanceof Refusal ? body : { body };
    },

    'key.revoke': async ({ caller, path, execute }) => {
      const revoked = await execute({ type: 'key.revoke', org: caller.org, key: path.id });
      return revoked instanceof Refusal ? revoked : {};
    },
  };
}
