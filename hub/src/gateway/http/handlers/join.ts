// What a machine that is to join fetches without a key: the script, and the program in one file with its checksum.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { codeOf } from '@agentcom/schemas/host';
import type { AbuseLimiter } from '../../../access/abuse-limiter.js';
import { Refusal } from '../../../core/decision.js';
import { hubAddress } from '../hub-address.js';
import type { Handlers } from '../server.js';

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

/** `publicUrl` is where this hub is to be reached, when that is not where the caller reached it. */
export function joinHandlers(
  abuse: AbuseLimiter,
  join: JoinParts | undefined,
  publicUrl: string | undefined,
): Pick<Handlers, 'join' | 'join.bundle' | 'join.checksum'> {
  const load = bundleReader(join);
  const fetched = async (source: string): Promise<Bundle | Refusal> => (await abuse.download(source)) ?? load();
  return {
    join: async ({ origin, source }) => {
      const bundle = await fetched(source);
      if (bundle instanceof Refusal) return bundle;
      if (join === undefined) return notBuilt();
      const address = hubAddress(publicUrl, origin);
      if (address instanceof Refusal) return address;
      return {
        body: join.script(address),
        headers: { 'content-type': 'text/x-shellscript; charset=utf-8', 'cache-control': 'no-cache' },
      };
    },
    'join.bundle': async ({ source, ifNoneMatch }) => {
      const bundle = await fetched(source);
      if (bundle instanceof Refusal) return bundle;
      const headers = { etag: `"${bundle.sha256}"`, 'cache-control': 'no-cache' };
      if (ifNoneMatch === headers.etag) return { status: 304, headers };
      return { body: bundle.bytes, headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' } };
    },
    'join.checksum': async ({ source }) => {
      const bundle = await fetched(source);
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
  let known: Bundle | null = null;
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
      if (codeOf(error) === 'ENOENT') return notBuilt();
      throw error;
    }
  };
}

function notBuilt(): Refusal {
  return new Refusal('join.not_built', 'this hub was started without the program for machines that join');
}
