// By what it is known whether a file is still the same.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '@agentcom/schemas/host';
import { commitIn, isPopulated } from './gitlinks.js';

/** For what is not there. */
const NONE = 'none';

/** Mode and content; of a submodule the commit, of another directory the mode alone. Undefined when it cannot be told, so that it is like nothing. */
export async function fingerprint(path: string): Promise<string | undefined> {
  const found = await lookedAt(path);
  if (found === NONE) return NONE;
  const { mode } = found;
  const hash = createHash('sha256');
  const kind = mode & 0o170000;
  if (kind === 0o120000) hash.update(await readlink(path));
  else if (kind === 0o100000) await pipeline(createReadStream(path), hash);
  else if (kind === 0o040000) {
    const commit = await commitIn(path);
    if (commit === undefined && isPopulated(path)) return undefined;
    hash.update(commit ?? '');
  }
  return `${mode.toString(8)} ${hash.digest('hex')}`;
}

/** Changes with every write and every change of the mode; without a look at the content. None for directories, which it says nothing of. */
export async function stamp(path: string): Promise<string> {
  const found = await lookedAt(path);
  if (found === NONE || (found.mode & 0o170000) === 0o040000) return '';
  return [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(':');
}

async function lookedAt(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return NONE;
    throw error;
  }
}
