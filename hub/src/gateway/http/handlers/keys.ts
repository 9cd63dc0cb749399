// The routes about keys. A key is made here, shown once, and only its hash goes on.

import { randomBytes } from 'node:crypto';
import { hashKey } from '../../../access/authenticate.js';
import type { Shard } from '../../../coordinator/runner.js';
import { keyView } from '../../../core/access/view.js';
import { Refusal } from '../../../core/decision.js';
import { iso } from '../../../core/iso.js';
import { pageOf } from '../paging.js';
import type { Handlers } from '../server.js';

export function keyHandlers(shard: Shard): Pick<Handlers, 'key.create' | 'key.list' | 'key.revoke'> {
  return {
    'key.create': async ({ caller, body, source }) => {
      const secret = `ac_${randomBytes(32).toString('base64url')}`;
      const { role, name, ttlSeconds } = body;
      const createdAt = shard.now();
      const ttlMs = ttlSeconds === undefined ? undefined : ttlSeconds * 1000;
      const made = await shard.execute(
        {
          type: 'key.create',
          org: caller.org,
          role,
          name,
          hash: hashKey(secret),
          ...(ttlMs !== undefined && { ttlMs }),
        },
        source,
      );
      if (made instanceof Refusal) return made;
      const expiry = ttlMs === undefined ? {} : { expiresAt: iso(createdAt + ttlMs) };
      return { body: { id: made.key, role, name, createdAt: iso(createdAt), ...expiry, key: secret } };
    },

    'key.list': async ({ caller, query }) => {
      const page = await shard.read((state) => {
        const keys = [...state.keys.values()]
          .filter(({ org }) => org === caller.org)
          .sort((a, b) => (a.id < b.id ? -1 : 1));
        return pageOf(keys, query, ({ id }) => id, keyView);
      });
      return page instanceof Refusal ? page : { body: page };
    },

    'key.revoke': async ({ caller, path, source }) => {
      const revoked = await shard.execute({ type: 'key.revoke', org: caller.org, key: path.id }, source);
      return revoked instanceof Refusal ? revoked : {};
    },
  };
}
