// The routes about the config.

import type { Config } from '@agentcom/schemas';
import type { ConfigState } from '../../../core/config/config.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers, RouteReply } from '../handler.js';
import { notAVersion, versionIn } from '../if-match.js';

export function configHandlers(): Pick<Handlers, 'config.show' | 'config.change'> {
  return {
    'config.show': async ({ read }) => {
      const config = await read((view) => view.config);
      return config instanceof Refusal ? config : replyOf(config);
    },

    'config.change': async ({ caller, body, ifMatch, read, execute }) => {
      const ifVersion = numberIn(ifMatch);
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

/** Undefined when any will do. */
function numberIn(ifMatch: string | undefined): number | undefined | Refusal {
  const version = versionIn(ifMatch);
  if (version === undefined || version instanceof Refusal) return version;
  return /^\d{1,15}$/.test(version) ? Number(version) : notAVersion();
}
