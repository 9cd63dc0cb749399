// What the hub must be able to read, but a backup of the journal must not give away: encrypted with a key that is not in the journal.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export class Sealer {
  #key: Buffer | undefined;

  /** @param key  as for `use`; without one nothing opens */
  constructor(key?: string) {
    if (key !== undefined) this.use(key);
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** @param key  32 bytes in base64url; throws where it is anything else */
  use(key: string): void {
    const bytes = Buffer.from(key, 'base64url');
    if (bytes.length !== KEY_BYTES || bytes.toString('base64url') !== key)
      throw new Error('a secret key must be 32 bytes in base64url');
    this.#key = bytes;
  }

  static newKey(): string {
    return randomBytes(KEY_BYTES).toString('base64url');
  }

  /** @param about  what it belongs to; it opens for nothing else */
  seal(text: string, about: string): string {
    if (this.#key === undefined) throw new Error('only a hub that leads seals anything');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Undefined where it was changed, belongs to something else or was sealed with another key. */
  open(sealed: string, about: string): string | undefined {
    if (this.#key === undefined) return undefined;
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
    const iv = bytes.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}
