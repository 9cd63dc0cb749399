// The routes about organisations.

import { isLimited } from '../../../access/policy.js';
import { hashSecret, newToken } from '../../../access/secrets.js';
import { HUB_ORG } from '../../../core/access/access.js';
import { iso } from '../../../core/iso.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import { pageOf } from '../paging.js';

const DAYS = 30;
/** For whoever is to own a new organisation. */
const INVITATION_MS = 7 * 24 * 3_600_000;

export interface OrgParts {
  readonly publicUrl: string | undefined;
  /** Whether everybody may make one. */
  readonly isOpen: boolean;
  readonly now: () => number;
}

export function orgHandlers({
  publicUrl,
  isOpen,
  now,
}: OrgParts): Pick<Handlers, 'org.create' | 'org.list' | 'org.change' | 'usage'> {
  return {
    'org.create': async ({ caller, body, origin, note, execute }) => {
      note({ target: body.org });
      const runsHub = caller.org === HUB_ORG && caller.role === 'owner' && !isLimited(caller);
      if (!runsHub && !(isOpen && caller.person !== undefined)) {
        return new Refusal('registration.closed', 'on this hub only the owners of its own organisation make others');
      }
      const made = { type: 'org.create', by: caller.by, ...body } as const;
      if (caller.person !== undefined) {
        const created = await execute({ ...made, person: caller.person });
        return created instanceof Refusal ? created : { body };
      }
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      const token = newToken();
      const expiresAt = now() + INVITATION_MS;
      const created = await execute({ ...made, invitation: { hash: hashSecret(token), ttlMs: INVITATION_MS } });
      if (created instanceof Refusal) return created;
      const invitation = { url: `${address}/sign-in#invitation=${token}`, expiresAt: iso(expiresAt) };
      return { body: { ...body, invitation } };
    },

    'org.change': async ({ caller, path, body, read, execute }) => {
      const changed = await execute({ type: 'org.set_quotas', org: path.org, by: caller.by, ...body });
      if (changed instanceof Refusal) return changed;
      const usage = await read((view) => view.usage(now(), DAYS, path.org));
      return usage instanceof Refusal ? usage : { body: usage };
    },

    usage: async ({ query, read }) => {
      const body = await read((view) => view.usage(now(), query.days ?? DAYS));
      return body instanceof Refusal ? body : { body };
    },

    'org.list': async ({ query, read }) => {
      const body = await read((view) =>
        pageOf(
          view.orgs(),
          query,
          ({ id }) => id,
          (org) => view.orgSummary(org),
        ),
      );
      return body instanceof Refusal ? body : { body };
    },
  };
}
