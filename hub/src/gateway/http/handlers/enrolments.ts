// Invitations, and the machines that use them. Neither token nor key is ever kept: only their hashes are.

import { randomBytes } from 'node:crypto';
import type { AbuseLimiter } from '../../../access/abuse-limiter.js';
import { callerName, hashKey } from '../../../access/authenticate.js';
import type { Shard } from '../../../coordinator/runner.js';
import { Refusal } from '../../../core/decision.js';
import { iso } from '../../../core/iso.js';
import { hubAddress } from '../hub-address.js';
import type { Handlers } from '../server.js';

const TTL_SECONDS = 3_600;

/** `publicUrl` is where this hub is to be reached, when that is not where the caller reached it. */
export function enrolmentHandlers(
  shard: Shard,
  abuse: AbuseLimiter,
  publicUrl: string | undefined,
): Pick<Handlers, 'enrolment.create' | 'enrol'> {
  return {
    'enrolment.create': async ({ caller, body, origin, source }) => {
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      const token = randomBytes(24).toString('base64url');
      const made = await shard.execute(
        {
          type: 'enrolment.create',
          org: caller.org,
          by: callerName(caller),
          hash: hashKey(token),
          uses: body.uses ?? 1,
          ttlMs: (body.ttlSeconds ?? TTL_SECONDS) * 1000,
          capabilities: body.capabilities ?? [],
        },
        source,
      );
      if (made instanceof Refusal) return made;
      const joinCommand = `curl -fsSL ${address}/join | AGENTCOM_TOKEN=${token} sh`;
      return { body: { token, expiresAt: iso(made.expiresAt), joinCommand } };
    },

    enrol: async ({ body, origin, source }) => {
      const limited = await abuse.enrolment(source);
      if (limited !== null) return limited;
      const { token, ...machine } = body;
      const enrolled = await shard.execute({ type: 'enrol', tokenHash: hashKey(token), ...machine }, source);
      return enrolled instanceof Refusal ? enrolled : { body: { ...enrolled, hub: publicUrl ?? origin } };
    },
  };
}
