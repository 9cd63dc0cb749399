// Invitations, and the machines that use them. Neither token nor key is ever kept: only their hashes are.

import { randomBytes } from 'node:crypto';
import { beyondRepositories } from '../../../access/policy.js';
import { hashSecret } from '../../../access/secrets.js';
import { noSuchEnrolment } from '../../../core/access/enrolments.js';
import { enrolmentView } from '../../../core/access/view.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import type { JoinFiles } from '../join-files.js';
import { pageOf } from '../paging.js';

const TTL_SECONDS = 3_600;

export interface EnrolmentParts {
  readonly files: JoinFiles;
  /** Where this hub is to be reached, when that is not where the caller reached it. */
  readonly publicUrl: string | undefined;
}

export function enrolmentHandlers({
  files,
  publicUrl,
}: EnrolmentParts): Pick<Handlers, 'enrolment.create' | 'enrolment.list' | 'enrolment.revoke' | 'enrol'> {
  return {
    'enrolment.create': async ({ caller, body, origin, note, execute }) => {
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      // An agent's key lasts.
      if (caller.makesUntil !== undefined)
        return new Refusal('auth.forbidden', 'a key that expires invites no machines');
      const { name, uses = 1, ttlSeconds = TTL_SECONDS, capabilities = [], runners, repositories } = body;
      const beyond = beyondRepositories(caller, repositories);
      if (beyond !== undefined) return beyond;
      // Its beginning tells it from other texts, so that it is masked wherever it is printed.
      const token = `ace_${randomBytes(24).toString('base64url')}`;
      const made = await execute({
        type: 'enrolment.create',
        org: caller.org,
        by: caller.by,
        hash: hashSecret(token),
        uses,
        ttlMs: ttlSeconds * 1000,
        capabilities,
        runners,
        repositories,
        ...(name !== undefined && { name }),
      });
      if (made instanceof Refusal) return made;
      note({ target: made.enrolment });
      const joinCommand = await files.command(address, token);
      return { body: { token, expiresAt: iso(made.expiresAt), joinCommand } };
    },

    'enrolment.list': async ({ query, read }) => {
      const body = await read((view) => pageOf(view.enrolments(), query, ({ id }) => id, enrolmentView));
      return body instanceof Refusal ? body : { body };
    },

    'enrolment.revoke': async ({ caller, path, read, execute }) => {
      const { org, by } = caller;
      const isThere = await read((view) => view.enrolments().some(({ id }) => id === path.id));
      if (isThere instanceof Refusal) return isThere;
      if (!isThere) return noSuchEnrolment(path.id);
      const revoked = await execute({ type: 'enrolment.revoke', org, by, enrolment: path.id });
      return revoked instanceof Refusal ? revoked : {};
    },

    enrol: async ({ body, origin, note, execute }) => {
      const { token, ...machine } = body;
      const enrolled = await execute({ type: 'enrol', tokenHash: hashSecret(token), ...machine });
      if (enrolled instanceof Refusal) return enrolled;
      note({ org: enrolled.org, caller: `agent:${enrolled.agent}` });
      return { body: { ...enrolled, hub: publicUrl ?? origin } };
    },
  };
}
