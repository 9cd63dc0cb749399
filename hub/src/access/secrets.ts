// The secrets that a hub makes, and their hashes, which are all it keeps. None is ever logged or repeated in an error.

import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { KEY_TEXT } from '@agentcom/schemas';

/** SHA-256 in lower-case hex. Enough for what has 192 random bits or more; passwords are hashed by `passwords.ts`. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export interface NewKey {
  /** `ac_<hint>_<32 random bytes><checksum>` */
  readonly key: string;
  /** The part that may be shown. */
  readonly hint: string;
}

/** The alphabet of RFC 4648, in lower case. */
export const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_CHARS = 6;

/**
 * A key of an organisation. Its hint is half the organisation's, so that a key tells where it belongs, and half its own, so that people can
 * tell keys apart. A CRC-32 in base 62 at the end, as GitHub's tokens have, lets scanners and clients know a key from other text.
 */
export function newKey(org: string): NewKey {
  const hint = `ac_${base32(createHash('sha256').update(org).digest())}${base32(randomBytes(4))}`;
  return { key: keyWith(hint), hint };
}

/** A key of ours that begins with this. */
export function keyWith(hint: string): string {
  const body = `${hint}_${randomBytes(32).toString('base64url')}`;
  return body + checksum(body);
}

const HINT_CHARS = 'ac_'.length + 8;
/** A key that a machine made itself, for its agent, has neither hint nor checksum. */
const MACHINE_KEY_CHARS = 'ac_'.length + 43;

/** Whether a text is a key, wherever it is valid; one character mistyped in one of ours makes it none. */
export function isKey(text: string): boolean {
  if (!KEY_TEXT.test(text)) return false;
  return text.length === MACHINE_KEY_CHARS || text.endsWith(checksum(text.slice(0, -CHECKSUM_CHARS)));
}

/** The part of a key that may be shown; undefined for those that have none. */
export function hintOf(key: string): string | undefined {
  return key.length === MACHINE_KEY_CHARS ? undefined : key.slice(0, HINT_CHARS);
}

/** For links: good once, or for one session. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function base32(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 4)].map((byte) => BASE32[byte % 32]).join('');
}

function checksum(text: string): string {
  let left = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_CHARS; i++) {
    digits = BASE62[left % 62] + digits;
    left = Math.floor(left / 62);
  }
  return digits;
}
