// What makes a data directory this hub's own: its id in the journal, and the owner's first key.

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';

/** Names this hub in the journal; made once. */
export function hubId(dataDir: string): string {
  return readOrMake(join(dataDir, 'hub-id'), () => `hub-${uuidv7()}`);
}

export interface OwnerKey {
  readonly file: string;
  readonly key: string;
}

/** The owner's key, made once and kept in a file that only its user can read. */
export function ownerKey(dataDir: string): OwnerKey {
  const file = join(dataDir, 'owner.key');
  return { file, key: readOrMake(file, () => `ac_${randomBytes(32).toString('base64url')}`) };
}

function readOrMake(file: string, make: () => string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const text = make();
  const temporary = `${file}.new`;
  const handle = openSync(temporary, 'w', 0o600);
  try {
    writeSync(handle, `${text}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  return text;
}
