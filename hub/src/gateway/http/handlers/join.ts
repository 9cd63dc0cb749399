// What a machine that is to join fetches without a key.

import { Refusal } from '../../../core/refusal.js';
import type { Handlers } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import type { JoinFiles } from '../join-files.js';

const FILE_NAME = 'agentcom.mjs';

export interface JoinHandlerParts {
  readonly files: JoinFiles;
  /** Where this hub is to be reached, when that is not where the caller reached it. */
  readonly publicUrl: string | undefined;
}

export function joinHandlers({
  files,
  publicUrl,
}: JoinHandlerParts): Pick<Handlers, 'join' | 'join.bundle' | 'join.checksum'> {
  return {
    join: async ({ origin }) => {
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      const script = await files.script(address);
      if (script instanceof Refusal) return script;
      return {
        body: script,
        headers: { 'content-type': 'text/x-shellscript; charset=utf-8', 'cache-control': 'no-cache' },
      };
    },
    'join.bundle': async ({ ifNoneMatch }) => {
      const bundle = await files.bundle();
      if (bundle instanceof Refusal) return bundle;
      const headers = { etag: `"${bundle.sha256}"`, 'cache-control': 'no-cache' };
      if (ifNoneMatch === headers.etag) return { status: 304, headers };
      return { body: bundle.bytes, headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' } };
    },
    'join.checksum': async () => {
      const bundle = await files.bundle();
      if (bundle instanceof Refusal) return bundle;
      return {
        body: `${bundle.sha256}  ${FILE_NAME}\n`,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' },
      };
    },
  };
}
