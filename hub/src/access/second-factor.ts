// Codes of an authenticator app (RFC 6238 with SHA-1, six digits and 30 s, as all apps know it), and codes to recover with.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Totp, UsedCode } from '../core/access/access.js';
import { Refusal } from '../core/refusal.js';
import type { Sealer } from './sealing.js';
import { BASE32, hashSecret } from './secrets.js';

const STEP_MS = 30_000;
const DIGITS = 6;
/** As RFC 4226 recommends. */
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
/** 80 bits: enough to be kept as a plain hash. */
const RECOVERY_BYTES = 10;

export interface TotpOffer {
  /** For the app, in base32. */
  readonly secret: string;
  readonly url: string;
  /** What is kept of it. */
  readonly sealed: string;
}

export class SecondFactor {
  readonly #sealer: Sealer;
  readonly #now: () => number;

  constructor(sealer: Sealer, now: () => number) {
    this.#sealer = sealer;
    this.#now = now;
  }

  /** A new secret for the app of a person. */
  offer({ id, email }: { readonly id: string; readonly email: string }): TotpOffer {
    const bytes = randomBytes(SECRET_BYTES);
    const secret = base32(bytes).toUpperCase();
    const url = `otpauth://totp/AgentCom:${encodeURIComponent(email)}?secret=${secret}&issuer=AgentCom`;
    return { secret, url, sealed: this.#sealer.seal(bytes.toString('base64url'), aboutTotp(id)) };
  }

  /** The step whose code that is, by a sealed secret of the person; undefined where it is of none that is due. */
  stepOf(person: string, sealed: string, code: string): number | undefined | Refusal {
    const secret = this.#sealer.open(sealed, aboutTotp(person));
    if (secret === undefined) {
      const message = "this hub cannot read the secret of the app: its secret key is another one; see the hub's guide";
      return new Refusal('auth.secret_unreadable', message);
    }
    return stepOf(Buffer.from(secret, 'base64url'), code, this.#now());
  }

  /** What a code stands for as somebody typed it; undefined when it is wrong. That it is new, the core looks after. */
  check(person: string, totp: Totp, typed: string): UsedCode | undefined | Refusal {
    const code = plain(typed);
    if (!/^[0-9]{6}$/.test(code)) {
      const hash = hashSecret(code);
      return totp.recovery.includes(hash) ? { kind: 'recovery', hash } : undefined;
    }
    const step = this.stepOf(person, totp.secret, code);
    return typeof step === 'number' ? { kind: 'totp', step } : step;
  }
}

/** Codes to recover with, and the hashes that are kept of them. */
export function newRecoveryCodes(): { readonly codes: readonly string[]; readonly hashes: readonly string[] } {
  const texts = Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(RECOVERY_BYTES)));
  return { codes: texts.map((text) => (text.match(/.{4}/g) ?? []).join('-')), hashes: texts.map(hashSecret) };
}

/** The step now or next to it whose code that is. */
export function stepOf(secret: Uint8Array, code: string, now: number): number | undefined {
  const current = Math.floor(now / STEP_MS);
  const given = Buffer.from(plain(code));
  // Each is compared, so that the time tells nothing.
  const right = [current - 1, current, current + 1].filter((step) => {
    const expected = Buffer.from(codeOf(secret, step));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return right.at(-1);
}

/** RFC 4226, 5.3. */
export function codeOf(secret: Uint8Array, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hmac = createHmac('sha1', secret).update(counter).digest();
  const offset = (hmac.at(-1) as number) & 0xf;
  return String((hmac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0');
}

/** Whether this hub can read the sealed secret of a person's app. */
export function opensTotp(sealer: Sealer, person: string, sealed: string): boolean {
  return sealer.open(sealed, aboutTotp(person)) !== undefined;
}

function plain(typed: string): string {
  return typed.replace(/[ -]/g, '').toLowerCase();
}

function aboutTotp(person: string): string {
  return `totp ${person}`;
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
}
