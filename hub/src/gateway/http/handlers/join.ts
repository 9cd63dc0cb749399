// What a machine that is to join fetches without a key.

import type { Limits } from '../../../access/limits.js';
import { Refusal } from '../../../core/decision.js';
import type { Handlers } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import type { JoinFiles } from '../join-files.js';

const FILE_NAME = 'agentcom.mjs';

export interface JoinHandlerParts {
  readonly limits: Limits;
  readonly now: () => number;
  readonly files: JoinFiles;
  /** Where this hub is to be reached, when that is not where the caller reached it. */
  readonly publicUrl: string | undefined;
}

export function joinHandlers({
  limits,
  now,
  files,
  publicUrl,
}: JoinHandlerParts): Pick<Handlers, 'join' | 'join.bundle' | 'join.checksum'> {
  const fetched = async (address: string) => limits.refuse('downloads', address, now()) ?? files.bundle();
  return {
    join: async ({ origin, address: from }) => {
      const limited = limits.refuse('downloads', from, now());
      if (limited !== undefined) return limited;
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      const script = await files.script(address);
      if (script instanceof Refusal) return script;
      return {
        body: script,
        headers: { 'content-type': 'text/x-shellscript; charset=utf-8', 'cache-control': 'no-cache' },
      };
    },
    'join.bundle': async ({ address, ifNoneMatch }) => {
      const bundle = await fetched(address);
      if (bundle instanceof Refusal) return bundle;
      const headers = { etag: `"${bundle.sha256}"`, 'cache-control': 'no-cache' };
      if (ifNoneMatch === headers.etag) return { status: 304, headers };
      return { body: bundle.bytes, headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' } };
    },
    'join.checksum': async ({ address }) => {
      const bundle = await fetched(address);
      if (bundle instanceof Refusal) return bundle;
      return {
        body: `${bundle.sha256}  ${FILE_NAME}\n`,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' },
      };
    },
  };
}
