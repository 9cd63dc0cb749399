// An encrypted backup: a line that names the format, a line of JSON with what may be known without the key, then chunks, each sealed with
// AES-256-GCM. The number of a chunk and whether it is the last one are in its nonce, and the head is bound to every chunk: so chunks that
// were changed, swapped, left out or taken from another backup are found, and so is an end that was cut off.

import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { BackupSource } from './backup-source.js';

const MAGIC = 'AGENTCOM-ENCRYPTED-BACKUP\n';
const HEAD_VERSION = 1;
const HEAD_BYTES_MAX = 64 * 1024;
const CIPHER = 'aes-256-gcm';
const CHUNK_BYTES = 256 * 1024;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const SALT_BYTES = 32;
/** Set in a chunk's length when it is the last one. */
const LAST = 0x8000_0000;

/** What is outside the encryption. */
interface Head {
  readonly v: number;
  /** Of this file alone: no two files share a key. */
  readonly salt: string;
  /** Tells a wrong key from a damaged file. */
  readonly check: string;
  readonly manifest: unknown;
}

export interface EncryptedFile {
  readonly head: Head;
  /** As stored, for the binding. */
  readonly bytes: Buffer;
}

interface FileKey {
  readonly key: Buffer;
  readonly check: Buffer;
}

/** `manifest` can be read without the key, and cannot be changed without its being noticed. */
export class Encryption extends Transform {
  readonly #key: Buffer;
  readonly #binding: Buffer;
  #parts: Buffer[] = [];
  #bytes = 0;
  #chunk = 0;

  constructor(key: Buffer, manifest: unknown) {
    super();
    const salt = randomBytes(SALT_BYTES);
    const { key: fileKey, check } = derive(key, salt);
    const head: Head = {
      v: HEAD_VERSION,
      salt: salt.toString('base64url'),
      check: check.toString('base64url'),
      manifest,
    };
    const bytes = Buffer.from(`${MAGIC}${JSON.stringify(head)}\n`);
    this.#key = fileKey;
    this.#binding = bindingOf(bytes);
    this.push(bytes);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > CHUNK_BYTES) {
      let rest = Buffer.concat(this.#parts);
      // What is left is never nothing, so that the last chunk is known when it comes.
      for (; rest.length > CHUNK_BYTES; rest = rest.subarray(CHUNK_BYTES))
        this.#seal(rest.subarray(0, CHUNK_BYTES), false);
      this.#parts = [rest];
      this.#bytes = rest.length;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#seal(Buffer.concat(this.#parts), true);
    done();
  }

  #seal(plain: Buffer, isLast: boolean): void {
    const cipher = createCipheriv(CIPHER, this.#key, nonce(this.#chunk++, isLast), { authTagLength: TAG_BYTES });
    cipher.setAAD(this.#binding);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE((isLast ? LAST : 0) + sealed.length);
    this.push(Buffer.concat([length, sealed, cipher.getAuthTag()]));
  }
}

/** The head of an encrypted backup; undefined for one that is not encrypted. */
export async function encryptedHead(source: Pick<BackupSource, 'head'>): Promise<EncryptedFile | undefined> {
  const start = await source.head(HEAD_BYTES_MAX);
  if (!start.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) return undefined;
  const end = start.indexOf('\n', MAGIC.length);
  if (end === -1) throw new Error('it ends early');
  const head = JSON.parse(start.subarray(MAGIC.length, end).toString()) as Head;
  if (head.v > HEAD_VERSION) throw new Error(`it was encrypted by a newer AgentCom, in format ${head.v}`);
  return { head, bytes: start.subarray(0, end + 1) };
}

/** Throws, before anything is handed out, when `key` is not the one it was encrypted with. `sealed` begins behind the head. */
export function decrypt(
  { head, bytes }: EncryptedFile,
  key: Buffer,
  sealed: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const { key: fileKey, check } = derive(key, Buffer.from(head.salt, 'base64url'));
  const expected = Buffer.from(head.check, 'base64url');
  if (expected.length !== check.length || !timingSafeEqual(expected, check))
    throw new Error('it is encrypted with another key');
  return chunksOf(sealed, fileKey, bindingOf(bytes));
}

/** Each chunk is handed out once it is known to be as it was written, and in its place. */
async function* chunksOf(
  sealed: AsyncIterable<Buffer>,
  key: Buffer,
  binding: Buffer,
): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  let chunk = 0;
  let isOver = false;
  for await (const bytes of sealed) {
    if (isOver) throw new Error('it continues past its end');
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    while (held.length >= LENGTH_BYTES && !isOver) {
      const word = held.readUInt32BE();
      const length = word % LAST;
      if (length > CHUNK_BYTES) throw new Error(`its chunk ${chunk} is damaged`);
      const whole = LENGTH_BYTES + length + TAG_BYTES;
      if (held.length < whole) break;
      isOver = word >= LAST;
      yield unseal(held.subarray(LENGTH_BYTES, whole), { key, binding, chunk, isLast: isOver });
      chunk++;
      held = held.subarray(whole);
    }
    if (isOver && held.length > 0) throw new Error('it continues past its end');
  }
  if (!isOver) throw new Error('it ends early');
}

function unseal(
  sealed: Buffer,
  { key, binding, chunk, isLast }: { key: Buffer; binding: Buffer; chunk: number; isLast: boolean },
): Buffer {
  const decipher = createDecipheriv(CIPHER, key, nonce(chunk, isLast), { authTagLength: TAG_BYTES });
  decipher.setAAD(binding).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new Error(`its chunk ${chunk} is damaged`);
  }
}

/** Never used twice: the key is of one file, and the number of one chunk. */
function nonce(chunk: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(isLast ? 1 : 0);
  bytes.writeBigUInt64BE(BigInt(chunk), 4);
  return bytes;
}

function derive(key: Buffer, salt: Buffer): FileKey {
  const bytes = Buffer.from(hkdfSync('sha256', key, salt, 'agentcom backup', 48));
  return { key: bytes.subarray(0, 32), check: bytes.subarray(32) };
}

function bindingOf(head: Buffer): Buffer {
  return createHash('sha256').update(head).digest();
}
