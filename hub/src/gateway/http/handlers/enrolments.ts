// Invitations, and the machines that use them. Neither token nor key is ever kept: only their hashes are.

import { randomBytes } from 'node:crypto';
import { callerName, hashKey } from '../../../access/authenticate.js';
import { Refusal } from '../../../core/decision.js';
import { iso } from '../../../core/iso.js';
import type { Handlers } from '../handler.js';
import { hubAddress } from '../hub-address.js';

const TTL_SECONDS = 3_600;

export interface EnrolmentParts {
  /** Where this hub is to be reached, when that is not where the caller reached it. */
  readonly publicUrl: string | undefined;
}

export function enrolmentHandlers({ publicUrl }: EnrolmentParts): Pick<Handlers, 'enrolment.create' | 'enrol'> {
  return {
    'enrolment.create': async ({ caller, body, origin, execute }) => {
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      const token = randomBytes(24).toString('base64url');
      const made = await execute({
        type: 'enrolment.create',
        org: caller.org,
        by: callerName(caller),
        hash: hashKey(token),
        uses: body.uses ?? 1,
        ttlMs: (body.ttlSeconds ?? TTL_SECONDS) * 1000,
        capabilities: body.capabilities ?? [],
      });
      if (made instanceof Refusal) return made;
      const joinCommand = `curl -fsSL ${address}/join | AGENTCOM_TOKEN=${token} sh`;
      return { body: { token, expiresAt: iso(made.expiresAt), joinCommand } };
    },

    enrol: async ({ body, origin, execute }) => {
      const { token, ...machine } = body;
      const enrolled = await execute({ type: 'enrol', tokenHash: hashKey(token), ...machine });
      return enrolled instanceof Refusal ? enrolled : { body: { ...enrolled, hub: publicUrl ?? origin } };
    },
  };
}
