// The routes about the config.

import type { Config } from '@agentcom/schemas';
import type { ConfigState } from '../../../core/config/config.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers, RouteReply } from '../handler.js';

export function configHandlers(): Pick<Handlers, 'config.show' | 'config.change'> {
  return {
    'config.show': async ({ read }) => {
      const config = await read((view) => view.config);
      return config instanceof Refusal ? config : replyOf(config);
    },

    'config.change': async ({ caller, body, ifMatch, read, execute }) => {
      const ifVersion = versionOf(ifMatch);
      if (ifVersion instanceof Refusal) return ifVersion;
      const by = caller.by;
      const command = { type: 'config.patch' as const, patch: body, by, ...(ifVersion !== undefined && { ifVersion }) };
      const changed = await execute(command);
      if (changed instanceof Refusal) return changed;
      const config = await read((view) => view.config);
      return config instanceof Refusal ? config : replyOf(config);
    },
  };
}

function replyOf({ version, values }: ConfigState): RouteReply & { readonly body: Config } {
  return { body: values, headers: { etag: `"${version}"` } };
}

/** The one version that an `If-Match` names; undefined when any will do. */
function versionOf(ifMatch: string | undefined): number | undefined | Refusal {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = /^\s*"(\d{1,15})"\s*$/.exec(ifMatch)?.[1];
  if (version !== undefined) return Number(version);
  return new Refusal('request.invalid', 'If-Match must be the ETag of the config, such as "3", or *', [
    { path: 'If-Match', message: 'must be one version in double quotes, or *' },
  ]);
}
