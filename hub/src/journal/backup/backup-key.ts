// The operator's key for backups: 32 bytes in a file, which the hub and whoever restores reads anew each time, so that it is nowhere else.

import { readBounded } from '@agentcom/schemas/host';

const KEY_BYTES = 32;
const FILE_BYTES_MAX = 1024;

/** Throws, naming the file, when it cannot be read or is anything but 32 bytes in hexadecimal or base64. */
export function readBackupKey(file: string): Buffer {
  let text: string;
  try {
    text = readBounded(file, FILE_BYTES_MAX).toString().trim();
  } catch (error) {
    throw new Error(`the key for backups cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const key = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) || text.length === 2 * KEY_BYTES;
  if (key.length !== KEY_BYTES || !isBase64)
    throw new Error(`${file} is not a backup key: it must hold 32 bytes; make one with: openssl rand -hex 32`);
  return key;
}
