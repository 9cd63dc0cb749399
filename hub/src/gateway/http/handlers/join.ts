// What a machine that is to join fetches without a key: the script, and the program in one file with its checksum.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Refusal } from '../../../core/decision.js';
import type { Handlers } from '../handler.js';
import { hubAddress } from '../hub-address.js';

export interface JoinParts {
  /** The script, for machines that reach the hub at this address. */
  readonly script: (hubUrl: string) => string;
  /** The file with the program. */
  readonly bundle: string;
}

const FILE_NAME = 'agentcom.mjs';

interface Bundle {
  readonly bytes: Buffer;
  readonly sha256: string;
  /** When the file was last changed, and its size: read again when they differ. */
  readonly mark: string;
}

export interface JoinHandlerParts {
  /** What machines fetch; without it they are told that there is none. */
  readonly join: JoinParts | undefined;
  /** Where this hub is to be reached, when that is not where the caller reached it. */
  readonly publicUrl: string | undefined;
}

export function joinHandlers({
  join,
  publicUrl,
}: JoinHandlerParts): Pick<Handlers, 'join' | 'join.bundle' | 'join.checksum'> {
  const load = bundleReader(join);
  return {
    join: async ({ origin }) => {
      const bundle = await load();
      if (bundle instanceof Refusal) return bundle;
      if (join === undefined) return notBuilt();
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      return {
        body: join.script(address),
        headers: { 'content-type': 'text/x-shellscript; charset=utf-8', 'cache-control': 'no-cache' },
      };
    },
    'join.bundle': async ({ ifNoneMatch }) => {
      const bundle = await load();
      if (bundle instanceof Refusal) return bundle;
      const headers = { etag: `"${bundle.sha256}"`, 'cache-control': 'no-cache' };
      if (ifNoneMatch === headers.etag) return { status: 304, headers };
      return { body: bundle.bytes, headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' } };
    },
    'join.checksum': async () => {
      const bundle = await load();
      if (bundle instanceof Refusal) return bundle;
      return {
        body: `${bundle.sha256}  ${FILE_NAME}\n`,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' },
      };
    },
  };
}

/** Keeps the file in memory, with the checksum of exactly these bytes. */
function bundleReader(join: JoinParts | undefined): () => Promise<Bundle | Refusal> {
  let known: Bundle | undefined;
  return async () => {
    if (join === undefined) return notBuilt();
    try {
      const { mtimeMs, size } = await stat(join.bundle);
      const mark = `${mtimeMs} ${size}`;
      if (known?.mark !== mark) {
        const bytes = await readFile(join.bundle);
        known = { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), mark };
      }
      return known;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return notBuilt();
      throw error;
    }
  };
}

function notBuilt(): Refusal {
  return new Refusal('join.not_built', 'this hub has no join bundle to serve');
}
